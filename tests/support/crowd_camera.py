"""A camera over real walkers, set up so that they cross its levels."""

from __future__ import annotations

PLAZA_PX = (960, 540)


def crowd_camera(source: str, **more: object) -> dict[str, object]:
    """A camera whose region holds some tens of people on 20 m2, so that real walkers cross its levels."""
    everything = [[0, 0], [PLAZA_PX[0], 0], list(PLAZA_PX), [0, PLAZA_PX[1]]]
    levels = {"notice": 0.2, "caution": 0.4, "alert": 0.6, "critical": 14}
    region = {"name": "Plaza", "polygon_px": everything, "area_m2": 20, "levels": levels}
    return {
        "source": source, "picture_size_px": list(PLAZA_PX), "engine_shape": [480, 288], "stall_after_s": 2,
        "regions": {"plaza": region},
    } | more  # fmt: skip
