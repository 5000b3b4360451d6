"""crushwatch check: every fault of a site file at once; with --probe, what each camera gives."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import typer

from crushwatch.commands.advice import advice
from crushwatch.errors import COULD_NOT, DONE, CrushwatchError, SiteError, SourceError
from crushwatch.ground import CameraGround, ground_faults
from crushwatch.regions.count_check import read_check
from crushwatch.site import Camera, Service, Site
from crushwatch.site.doors import is_open, open_door
from crushwatch.site.fault import Finding, Look
from crushwatch.site.guessing import TOO_SHORT, short_secrets
from crushwatch.site.load import look_at_site
from crushwatch.site.state import database_fault

PROBES_AT_ONCE = 16
FITTED_EXACTLY = "any four points are met exactly, a fifth would tell"


def check(
    site: Path = typer.Argument(..., help="The site file."),
    probe: bool = typer.Option(False, "--probe", help="Open each camera and say what it gives."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object instead of text."),
) -> None:
    """Say everything that is wrong with a site file, and what is allowed instead; and warn of what is better otherwise.

    Example: crushwatch check site.yaml --probe
    """
    try:
        look = _look(site)
    except SiteError as error:
        if as_json:
            typer.echo(json.dumps({"ok": False, "faults": [str(error)]}))
        raise
    if look.faults:
        _say_faults([fault.render(look.file_name) for fault in look.faults], as_json)
        raise typer.Exit(COULD_NOT)
    loaded = look.site
    cameras = {key: _describe(camera) | _count_check(site, key) for key, camera in loaded.cameras.items()}
    if probe:
        for key, seen in _probe_all(loaded).items():
            cameras[key] |= seen
    failed = sum("error" in camera for camera in cameras.values())
    warnings = advice(site, look)
    if as_json:
        typer.echo(json.dumps({"ok": not failed, "site": loaded.id, "cameras": cameras, "warnings": warnings}))
    else:
        _say(site, cameras, warnings, failed)
    raise typer.Exit(COULD_NOT if failed else DONE)


def _say(site: Path, cameras: dict[str, dict[str, Any]], warnings: list[str], failed: int) -> None:
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    gives_nothing = f", {failed} of them gives nothing" if failed == 1 else f", {failed} of them give nothing"
    counted = f"{_counted(len(cameras), 'camera')}{gives_nothing if failed else ''}"
    typer.echo(f"{site}: no faults in the file; {counted}; {_counted(len(warnings), 'warning')}")
    for key, camera in cameras.items():
        typer.echo(f"  {key}: {_in_words(camera)}")
    for camera in cameras.values():
        if "error" in camera:
            typer.echo(f"gives nothing: {camera['error']}", err=True)


def _in_words(camera: dict[str, Any]) -> str:
    words = [f"{name} {value}" for name, value in camera.items() if name != "error" and value is not None]
    if camera.get("reprojection_error_px", 0) is None:
        words.append(f"how good they are is not known: {FITTED_EXACTLY}")
    return ", ".join(words)


def _look(path: Path) -> Look:
    """Also at what is well in a file that has faults elsewhere."""
    look = look_at_site(path)
    return look.further(
        [*_unknown_scenarios(look.site), *ground_faults(look.site), *_service_faults(look.site.service)]
    )


def _unknown_scenarios(site: Site) -> list[Finding]:
    named = {key: camera.source.reveal() for key, camera in site.cameras.items()}
    drawn = {key: source.removeprefix("sim:") for key, source in named.items() if source.startswith("sim:")}
    if not drawn:
        return []
    from crushwatch.simulate import scene_named  # only who watches a drawn crowd loads the painter

    faults = []
    for key, name in drawn.items():
        try:
            scene_named(name)
        except SourceError as error:
            faults.append(Finding(("cameras", key, "source"), str(error)))
    return faults


def _service_faults(service: Service) -> list[Finding]:
    """Why it would not start."""
    faults = [Finding(("service", "host"), open_door(service))] if is_open(service) else []
    database = database_fault(service.database.reveal())
    if database:
        faults.append(Finding(("service", "database"), database))
    return faults + [Finding(tuple(key.split(".")), TOO_SHORT) for key in short_secrets(service)]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _say_faults(faults: list[str], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"ok": False, "faults": faults}))
        return
    for fault in faults:
        typer.echo(fault, err=True)
    typer.echo(_counted(len(faults), "fault"), err=True)


def _describe(camera: Camera) -> dict[str, Any]:
    described: dict[str, Any] = {"source": str(camera.source), "regions": len(camera.regions)}
    ground = CameraGround.of(camera)
    if camera.ground is not None and ground is not None:
        error_px = ground.reprojection_error_px
        described |= {
            "height_m": round(ground.pose.height_m, 2),
            "tilt_deg": round(ground.pose.tilt_deg, 1),
            "ground_points": len(camera.ground.points),
            "reprojection_error_px": None if error_px is None else round(error_px, 2),
        }
    return described


def _count_check(site: Path, key: str) -> dict[str, Any]:
    """What the camera's own labelled frames said of its counts, if there were any that can be read."""
    try:
        check = read_check(site, key)
    except SiteError:  # among the warnings
        return {}
    if check is None:
        return {}
    return {"count_check": "passed" if check.passed else "failed", "count_check_frames": check.frames}


def _probe_all(site: Site) -> dict[str, dict[str, Any]]:
    (found,) = entry_points(group="crushwatch.probe")
    probe = found.load()
    with ThreadPoolExecutor(PROBES_AT_ONCE) as pool:
        jobs = {key: pool.submit(_probe, probe, key, camera) for key, camera in site.cameras.items() if camera.enabled}
        return {key: job.result() for key, job in jobs.items()}


def _probe(probe: Callable[[str, Camera], Any], key: str, camera: Camera) -> dict[str, Any]:
    try:
        seen = dataclasses.asdict(probe(key, camera))
        return {name: round(value, 2) if isinstance(value, float) else value for name, value in seen.items()}
    except CrushwatchError as error:
        return {"error": str(error)}
