"""The table of errors by which each camera's counts get their interval: the model's, tightened by its own frames."""

from __future__ import annotations

from pathlib import Path

import structlog

from crushwatch.errors import EngineError, SiteError
from crushwatch.models import ModelFile
from crushwatch.models.band import BandTable, band_beside, band_path
from crushwatch.regions.count_check import check_path, read_check, tightened
from crushwatch.site import Site

log = structlog.get_logger("crushwatch.workers.bands")


def open_bands(model: ModelFile, site_file: Path, site: Site) -> dict[str, BandTable]:
    """By camera; empty where the model has no table or a broken one, which is said: no figure has an interval then."""
    try:
        table = band_beside(model.path, model.sha256)
    except EngineError as error:  # the watch goes on, without intervals
        log.error("band of this model cannot be read", model=model.name, reason=str(error))
        return {}
    if table is None:
        log.warning("band unknown for this model", model=model.name, table=str(band_path(model.path)))
        return {}
    return {key: _of_camera(table, model, site_file, site, key) for key in site.cameras}


def _of_camera(table: BandTable, model: ModelFile, site_file: Path, site: Site, key: str) -> BandTable:
    try:
        check = read_check(site_file, key)
    except SiteError as error:  # the watch goes on, by what is known of the model
        log.error("count check cannot be read", camera=key, reason=str(error))
        return table
    if check is None:
        return table
    if not check.is_of(model.sha256, site.cameras[key].engine_shape):
        log.warning("count check of another model or engine_shape passed over", camera=key,
                    path=str(check_path(site_file, key)))  # fmt: skip
        return table
    if not check.passed:
        log.warning("count check failed", camera=key, faults=check.faults)
    return tightened(table, check)
