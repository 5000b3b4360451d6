"""The eyes, one process a GPU: capture -> batch -> infer -> measure -> judge -> publish. Begin with `worker.py`."""
