"""From an FP32 model to an INT8 one that counts as it does, by real pictures."""
