"""crushwatch reference: the picture under which a camera is calibrated, without the people who walk through it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import typer

from crushwatch.errors import SiteError, SourceError
from crushwatch.site import Camera, load_site
from crushwatch.site.unread import SERVICES_OWN
from workers.capture.choose import open_source
from workers.capture.source import RgbImage
from workers.health.median import PICTURES, median_of_five

QUALITY = 92


def reference(
    site: Path = typer.Argument(..., help="The site file."),
    camera: str = typer.Argument(..., help="The camera's id."),
    out: Path | None = typer.Option(
        None, metavar="FILE", help="Where it is written; beside the site file if left out."
    ),
    every: float = typer.Option(2.0, min=0, help="Seconds between the five pictures it is made of."),
    replace: bool = typer.Option(False, "--replace", help="Write over a picture that is there already."),
) -> None:
    """Take a camera's reference picture: against it the worker sees that the camera has been moved.

    Take it when the ground points are measured, and anew with them. Who walks through is left out: it is the median of
    five pictures.

    Example: crushwatch reference site.yaml north-gate
    """
    cameras = load_site(site, unread=SERVICES_OWN | {"bus"}).cameras
    part = cameras.get(camera)
    if part is None:
        raise SiteError(f"no camera {camera!r} in {site}; there are {', '.join(cameras)}")
    named = part.ground.reference if part.ground else None
    target = out or site.parent / (named or f"{camera}.jpg")
    if target.exists() and not replace:
        raise SiteError(f"{target} is there already; --replace writes over it")
    picture = median_of_five(list(_pictures(camera, part, every)))
    _written, coded = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    target.write_bytes(coded.tobytes())
    typer.echo(f"{target}: {picture.shape[1]} x {picture.shape[0]} pixels")
    if part.ground is None:
        typer.echo(f"camera {camera} has no `ground` yet: click its points in this picture")
    elif named is None:
        typer.echo(f"write `reference: {target.name}` under cameras.{camera}.ground and raise the site's revision")
    else:
        typer.echo("raise the site's revision: the workers then compare with this picture")


def _pictures(key: str, camera: Camera, every_s: float) -> Iterator[RgbImage]:
    source, found, due_s = open_source(key, camera), 0, 0.0
    try:
        source.open()
        for picture, _truth in source.frames():
            if time.monotonic() < due_s:
                continue
            due_s = time.monotonic() + every_s
            yield np.asarray(picture.rgb(picture.width_px, picture.height_px), dtype=np.uint8)
            found += 1
            if found == PICTURES:
                return
    finally:
        source.close()
    raise SourceError(f"camera {key} gave {found} of {PICTURES} pictures, then it ended")
