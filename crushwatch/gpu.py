"""Whether this machine has an NVIDIA GPU, without loading what would run on it."""

from __future__ import annotations

from pathlib import Path


def has_nvidia_gpu() -> bool:
    """Whether the kernel shows one; whether it can be used, the engine finds out."""
    return any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/dxg").exists()
