from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from support.rtsp_server import RtspServer

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


@pytest.fixture
def plaza(data_folder: Path) -> Path:
    """Twenty-five to thirty-five walkers on a plaza, filmed by a fixed camera."""
    return data_folder / "video" / "plaza.mp4"


@pytest.fixture
def plaza_server(plaza: Path) -> Iterator[RtspServer]:
    server = RtspServer({"north": plaza, "south": plaza}).start()
    yield server
    server.stop()


@pytest.fixture
def screenshots() -> Path:
    """Where pictures for people to look at are left: out/screenshots."""
    folder = Path(__file__).parents[2] / "out" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def empty_clip(tmp_path: Path) -> Path:
    """A grey floor with a sensor's noise and nobody on it, 960x540, 5 s."""
    random = np.random.default_rng(7)
    path = tmp_path / "empty.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "25", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *PLAZA_PX, "yuv420p"
        for _ in range(125):
            noise = random.normal(128, 6, (PLAZA_PX[1], PLAZA_PX[0], 1)).clip(0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.repeat(noise, 3, axis=2), format="rgb24")))
        container.mux(stream.encode(None))
    return path
