"""Rules run over a recording: what would have been raised, and when."""
