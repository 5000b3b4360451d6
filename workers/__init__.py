"""The eyes: one process a GPU. capture -> batch -> infer -> measure -> judge -> publish; `worker.py` is the page to read."""
