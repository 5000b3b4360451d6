"""Prints deploy/site/site.yaml: the simulated cameras of the demo, seen through an RTSP server."""

from __future__ import annotations

from typing import Any

import yaml

from crushwatch.simulate import open_scenario

HEAD = """\
# The site of the Compose profile `demo`: two simulated cameras. Yours: copy site.example.yaml into a folder, name that
# folder in .env as SITE_FOLDER, and leave `bus`, `database`, `host` and `password` out: the containers set them.
# Made by: python deploy/demo_site.py > deploy/site/site.yaml

"""
CAMERAS = ("gate", "calm")


def demo_site() -> str:
    """The text of the file."""
    site = {"id": "demo", "name": "Crushwatch demo", "cameras": {name: _camera(name) for name in CAMERAS}}
    return HEAD + yaml.safe_dump(site, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)


def _camera(name: str) -> dict[str, Any]:
    camera: dict[str, Any] = open_scenario(name).camera().model_dump(mode="json", exclude_defaults=True)
    for point in camera["ground"]["points"]:
        point["px"] = [round(value, 1) for value in point["px"]]
    return camera | {"source": f"rtsp://mediamtx:8554/{name}"}


if __name__ == "__main__":
    print(demo_site(), end="")
