"""`python deploy/demo_site.py` writes the site files with simulated cameras: for Compose, seen through an RTSP server,
and for Kubernetes, drawn by the worker itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from crushwatch.simulate import open_scenario

DEPLOY = Path(__file__).parent
CAMERAS = ("gate", "calm")
FILES = {
    "site/site.yaml": (
        """\
# The site of the Compose profile `demo`: two simulated cameras. Yours: copy site.example.yaml into a folder, name that
# folder in .env as SITE_FOLDER, and leave `bus`, `database`, `host` and `password` out: the containers set them.
""",
        "rtsp://mediamtx:8554/",
    ),
    "kubernetes/site.yaml": (
        """\
# Two simulated cameras, so that a first `kubectl apply` shows something. Put your site file in this place and leave
# `bus`, `database`, `host` and `password` out: the manifests set them.
""",
        "sim:",
    ),
}


def demo_site(name: str) -> str:
    """The text of one of FILES."""
    head, source = FILES[name]
    cameras = {camera: _camera(camera, source) for camera in CAMERAS}
    site = {"id": "demo", "name": "Crushwatch demo", "cameras": cameras}
    body = yaml.safe_dump(site, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
    return f"{head}# Made by: python deploy/demo_site.py\n\n{body}"


def _camera(name: str, source: str) -> dict[str, Any]:
    camera: dict[str, Any] = open_scenario(name).camera().model_dump(mode="json", exclude_defaults=True)
    for point in camera["ground"]["points"]:
        point["px"] = [round(value, 1) for value in point["px"]]
    return camera | {"source": f"{source}{name}"}


if __name__ == "__main__":
    for name in FILES:
        (DEPLOY / name).write_text(demo_site(name), encoding="utf-8")
