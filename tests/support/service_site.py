"""A small site for tests of the service: two cameras, secrets that must never be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crushwatch.site import Site

CAMERA_USER = "camera-operator"
CAMERA_PASSWORD = "hunter2-camera"
CAMERA_HOST = "10.77.0.11"
CAMERA_TOKEN = "stream-token-abc"
PASSWORD = "correct horse battery staple"
TOKEN = "token-for-programs-123"
WEBHOOK_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
WEBHOOK_PATH_SECRET = "hook-path-token-xyz"

SECRETS = (
    CAMERA_USER,
    CAMERA_PASSWORD,
    CAMERA_HOST,
    CAMERA_TOKEN,
    PASSWORD,
    TOKEN,
    WEBHOOK_SECRET,
    WEBHOOK_SECRET.removeprefix("whsec_"),
    WEBHOOK_PATH_SECRET,
)


def site(folder: Path, *, bus_url: str = "redis://127.0.0.1:1/0", **changes: Any) -> Site:
    """`changes` replace top-level keys; `service` and `rules` are merged."""
    service = {"port": 0, "database": f"sqlite:///{folder}/service.db"} | changes.pop("service", {})
    document: dict[str, Any] = {
        "id": "demo",
        "name": "Demo square",
        "timezone": "Asia/Seoul",
        "cameras": {
            "gate": {
                "name": "North gate",
                "source": f"rtsp://{CAMERA_USER}:{CAMERA_PASSWORD}@{CAMERA_HOST}:554/s1?token={CAMERA_TOKEN}",
                "picture_size_px": [1280, 720],
                "regions": {
                    "square": {
                        "name": "Square",
                        "polygon_px": [[0, 0], [1280, 0], [1280, 720], [0, 720]],
                        "area_m2": 20,
                        "actions": {"alert": "open gate B"},
                    }
                },
            },
            "hall": {"source": "sim:hall"},
        },
        "bus": {"url": bus_url},
        "service": service,
    }
    return Site.model_validate(document | changes)


def webhook(port: int, **changes: Any) -> dict[str, Any]:
    """A channel that posts to a receiver of this machine."""
    url = f"http://127.0.0.1:{port}/{WEBHOOK_PATH_SECRET}"
    return {"type": "webhook", "url": url, "secret": WEBHOOK_SECRET, "timeout_s": 1} | changes
