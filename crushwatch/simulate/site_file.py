"""A site file of one camera over a drawn crowd: something that works, to begin with and to change."""

from __future__ import annotations

from pathlib import Path

from crushwatch.errors import SiteError
from crushwatch.output import whole_file
from crushwatch.simulate.scenario import Scenario
from crushwatch.site.excerpt import layout_excerpt, layout_of

_TEXT = """\
# {title}: a camera over a drawn crowd, measured and ready to be watched. Try it, then put your own in its place.
#   crushwatch check {file}     every fault at once, and what it will be judged by
#   crushwatch up {file}        worker and service; needs a Redis at bus.url (redis://127.0.0.1:6379/0 if left out)
# site.example.yaml explains every key, docs/calibration.md how points and outlines come from a picture.

id: {name}-demo                       # stands in every message and metric
cameras:
  {name}:
    name: {title}
    source: sim:{name}                # yours: rtsp://viewer:${{PASSWORD}}@10.0.0.11/stream1, webcam:0, clip.mp4
    # The picture in which the points were seen; points of the floor in it and in metres; ground to answer for.
{layout}"""


def refuse_a_site_that_is_there(path: Path) -> None:
    """Raise SiteError: a person may have changed it by now."""
    if path.exists():
        raise SiteError(f"--site {path}: already there; take another name")


def write_site(path: Path, scenario: Scenario) -> None:
    """Write it to a name that is free; raises SiteError where it cannot be written."""
    try:
        with whole_file(path) as part:
            part.write_text(site_text(scenario, path.name), encoding="utf-8")
    except OSError as error:
        raise SiteError(f"--site {path} cannot be written: {error.strerror}") from None


def site_text(scenario: Scenario, file_name: str) -> str:
    """The site file; file_name: what its own comments call it."""
    camera = scenario.camera()
    layout = layout_of(camera)
    for point in layout["ground"]["points"]:
        point["px"] = [round(side, 1) for side in point["px"]]
    return _TEXT.format(title=camera.name, file=file_name, name=scenario.name, layout=layout_excerpt(layout))
