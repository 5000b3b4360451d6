from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from support.crowd_camera import PLAZA_PX
from support.rtsp_server import RtspServer


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
    """A grey floor of slabs with a sensor's noise and nobody on it, 960x540, 5 s."""
    random = np.random.default_rng(7)
    slabs = np.kron(random.normal(128, 14, (18, 32)), np.ones((30, 30)))[..., None]
    path = tmp_path / "empty.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "25", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *PLAZA_PX, "yuv420p"
        for _ in range(125):
            noise = (slabs + random.normal(0, 6, (PLAZA_PX[1], PLAZA_PX[0], 1))).clip(0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.repeat(noise, 3, axis=2), format="rgb24")))
        container.mux(stream.encode(None))
    return path
