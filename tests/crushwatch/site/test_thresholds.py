"""docs/thresholds.md says what the code does: every default in its table is read from the site's own models."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from crushwatch.messages import Level
from crushwatch.rules import RegionRules
from crushwatch.rules.forecast import foreseen_above_per_m2
from crushwatch.site import Region, Rules
from crushwatch.site.rule import Levels

TABLE = Path(__file__).parents[3] / "docs" / "thresholds.md"
RULES = Rules()
SQUARE = ((0.0, 0.0), (6.0, 0.0), (6.0, 6.0), (0.0, 6.0))


def ladder(levels: Levels) -> str:
    return f"{levels.notice:g} / {levels.caution:g} / {levels.alert:g} / {levels.critical:g}"


def foreseen_above(kind: str) -> str:
    region = Region.model_validate({"polygon_m": SQUARE, "kind": kind})
    return f"{foreseen_above_per_m2(RegionRules.of(RULES, region)):g}"


def forecast_row() -> list[str]:
    rule = RULES.forecast
    above = f"({foreseen_above('standing')} per m² standing, {foreseen_above('moving')} moving)"
    return [f"{rule.level.value} within {rule.within_s / 60:g} min", f"for {rule.for_s:g} s", above]


def raise_row() -> list[str]:
    after = RULES.raise_after_s
    assert (after.notice, after.alert) == (after.caution, after.critical)
    return [f"{after.notice:g} s notice and caution", f"{after.alert:g} s alert and critical"]


def camera_row() -> list[str]:
    camera = RULES.camera
    dark = f"under {camera.dark_below_luma:g} of 255 for {camera.dark_after_s:g} s"
    return [f"{camera.silent_after_s:g} s, {camera.frozen_after_s:g} s, ", dark]


def standstill_row() -> list[str]:
    rule = RULES.standstill
    slow = f"slower than {rule.slower_m_s:g} m/s for {rule.for_s:g} s, above {rule.above_per_m2:g} per m²"
    return [slow, f"{rule.inflow_per_m_min:g} more people per m and minute", f"{rule.per_min:g} per m² a minute"]


ROWS: dict[str, Callable[[], list[str]]] = {
    "rules.standing": lambda: [f"{ladder(RULES.standing)} people per m²"],
    "rules.moving": lambda: [ladder(RULES.moving)],
    "rules.judge": lambda: [{"worst": "the worse of the region's mean and its 3 m × 3 m peak"}[RULES.judge]],
    "rules.filter_window_s": lambda: [f"median of {RULES.filter_window_s:g} s"],
    "rules.raise_after_s": raise_row,
    "rules.hysteresis": lambda: [f"{100 * RULES.hysteresis:g} % below, for {RULES.clear_after_s:g} s"],
    "stale_after_s": lambda: [f"after {RULES.stale_after_s:g} s, unknown after {RULES.unknown_after_s:g} s"],
    "rules.minimum_quality": lambda: [f"{RULES.minimum_quality:g}"],
    "rules.camera": camera_row,
    "rules.rise": lambda: [
        f"{RULES.rise.per_min:g} person per m² a minute for {RULES.rise.for_s:g} s, above {RULES.rise.above_per_m2:g} "
    ],
    "rules.forecast": forecast_row,
    "rules.pressure": lambda: [
        f"{RULES.pressure.per_s2:g} /s² for {RULES.pressure.for_s:g} s, above {RULES.pressure.above_per_m2:g} per m²"
    ],
    "rules.compression": lambda: [
        f"{RULES.compression.per_s:g} /s for {RULES.compression.for_s:g} s, above {RULES.compression.above_per_m2:g} "
    ],
    "rules.standstill": standstill_row,
    "rules.counterflow": lambda: [
        f"for {RULES.counterflow.for_s:g} s, above {RULES.counterflow.above_per_m2:g} per m²",
        {0.3: "three in ten walk against the rest"}[RULES.counterflow.share],
    ],
}


def rows() -> dict[str, str]:
    """The default cell of each row by the first setting that it names."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        named = re.search(r"`([a-z_.0-9]+)`", cells[0]) if line.startswith("| ") else None
        if named is not None and len(cells) == 3:
            found[named.group(1)] = cells[1]
    return found


def test_the_table_has_a_row_for_each_rule_and_no_other() -> None:
    named = set(rows())
    assert named == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_default_in_the_table_is_the_one_in_the_code(name: str) -> None:
    for said in ROWS[name]():
        assert said in rows()[name] + " "


@pytest.mark.parametrize("name", ["pressure", "compression", "standstill", "counterflow", "rise", "forecast"])
def test_what_is_called_a_sign_raises_no_alert(name: str) -> None:
    line = next(line for line in TABLE.read_text(encoding="utf-8").splitlines() if f"(`rules.{name}`)" in line)
    assert ("a sign" in line.split("|")[1]) is not getattr(RULES, name).alerts


def test_the_critical_levels_are_below_those_at_which_forces_become_dangerous() -> None:
    assert RULES.standing.critical < 5.55
    assert RULES.forecast.level is Level.CRITICAL
