"""A checkpoint without what only training needs, large tensors as FP16: an eighth of the size, and all that `init`,
`teacher` and `crushwatch export` want.

python -m bench.gpu.slim runs/csrnet/best.pt csrnet.pt
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

from crushwatch.density.checkpoint import checkpoint
from crushwatch.density.export import LARGE_KERNEL

WANTED = ("step", "elapsed_s", "best", "config", "commit")


def slim(path: Path, to: Path) -> int:
    """Writes `to`; gives its bytes."""
    state = checkpoint(path)
    average = {name: smaller(tensor) for name, tensor in state["average"].items()}
    torch.save({name: state[name] for name in WANTED} | {"average": average}, to)
    return to.stat().st_size


def smaller(tensor: Tensor) -> Tensor:
    """FP16 where there is much of it, as in an exported file."""
    return tensor.half() if tensor.is_floating_point() and tensor.numel() >= LARGE_KERNEL else tensor


if __name__ == "__main__":
    print(f"{sys.argv[2]}: {slim(Path(sys.argv[1]), Path(sys.argv[2]))} bytes")
