"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

TELLING_FLAGS = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni", "avx512f", "avx2")


def cpu_flags() -> list[str]:
    """The processor's flags that decide how fast a network runs."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return [flag for flag in TELLING_FLAGS if flag in flags]


def describe_machine() -> str:
    """One line: processor, cores, memory, flags, Python."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    flags = " ".join(cpu_flags()) or "no vector flags known"
    return f"{name}, {os.cpu_count()} cores, {gib:.0f} GiB, {flags}; Python {platform.python_version()}"
