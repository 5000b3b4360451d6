"""Time on a device, waited for at both ends."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch


def seconds_each(run: Callable[[], object], device: str, for_s: float, warm_up: int = 3) -> float:
    """Mean seconds of `run`, repeated for about `for_s` seconds after a warm-up."""
    for _ in range(warm_up):
        run()
    wait(device)
    began = time.perf_counter()
    run()
    wait(device)
    times = max(1, round(for_s / max(time.perf_counter() - began, 1e-6)))
    began = time.perf_counter()
    for _ in range(times):
        run()
    wait(device)
    return (time.perf_counter() - began) / times


def wait(device: str) -> None:
    """Until the device has done all it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def matmul_tflops(device: str, dtype: torch.dtype, side: int, for_s: float) -> float:
    """What a large matrix product of random numbers reaches, TFLOP/s: the peak that a network's share is taken of."""
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return 2 * side**3 / seconds_each(lambda: left @ right, device, for_s) / 1e12
