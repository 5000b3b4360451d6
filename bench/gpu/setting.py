"""What a run of bench/gpu measures: all of it, or a rehearsal on a processor."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from workers.infer.tensorrt_build import PACKAGES


@dataclass(frozen=True)
class Setting:
    """Sizes are (width, height). row_s: how long each figure is measured. cameras: how many at once, by turns."""

    device: str
    folder: Path
    tiny: bool = False
    models: dict[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ("csrnet", "compact")
    precisions: tuple[str, ...] = ("fp16", "bf16")
    hows: tuple[str, ...] = ("eager", "graph")
    slow_hows: tuple[str, ...] = ("compiled", "compiled+graph", *PACKAGES)
    """What takes a minute to build is measured at one size, precision and batch."""
    slow_batch: int = 16
    sizes_px: tuple[tuple[int, int], ...] = ((1024, 576), (1920, 1088))
    batches: tuple[int, ...] = (1, 4, 16, 64)
    matmul_side: int = 8192
    row_s: float = 1.0
    cameras: tuple[int, ...] = (64, 256, 500)
    rate_hz: float = 2.0
    worker_s: float = 5.0
    worker_batch: int = 64

    @staticmethod
    def rehearsal(device: str, folder: Path) -> Setting:
        """The same parts, each as small as can be."""
        return Setting(
            device,
            folder,
            tiny=True,
            precisions=("bf16",),
            slow_hows=PACKAGES,
            slow_batch=2,
            sizes_px=((128, 96),),
            batches=(1, 2),
            matmul_side=256,
            row_s=0.05,
            cameras=(4,),
            worker_s=1.5,
            worker_batch=4,
        )
