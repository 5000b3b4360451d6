"""The findings as tables that a person reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from crushwatch.rules.assess import ForecastScore
from workers.validate.against_pedpy import HOW_TO_INSTALL
from workers.validate.alarms import COUNTED, TRUE_HEADS, AlarmRow
from workers.validate.counted import CountedRow
from workers.validate.findings import COVERAGE_TARGET, GROUND_TARGETS, LEAD_TARGET_S, Findings, PedpyRow
from workers.validate.motion import MotionRow
from workers.validate.on_ground import THIN_PER_M2, GroundRow


def all_lines(found: Findings) -> list[str]:
    """A table for each stage."""
    return [
        *ground_lines(found.ground, found.pedpy),
        *counted_lines(found.counted, found.coverage),
        *motion_lines(found.motion),
        *alarm_lines(found.alarms),
        *forecast_lines(found),
        *([] if found.pedpy is not None else [f"The comparison with PedPy {HOW_TO_INSTALL}"]),
    ]


def ground_lines(rows: Sequence[GroundRow], pedpy: Sequence[PedpyRow] | None) -> list[str]:
    """The ground plane, and which scenario and tilt were worst."""
    theirs = {(row.scenario, row.region, row.tilt_deg): row.classic_difference for row in pedpy or ()}
    table = [
        [
            f"{row.scenario}, {row.region}",
            f"{row.tilt_deg:.0f}°",
            f"{row.true_per_m2:.2f}",
            *map(_share, (row.count_error, row.density_error, row.peak_error, row.moment_error)),
            f"{row.people_off:.2f}",
            _share(theirs.get((row.scenario, row.region, row.tilt_deg))),
        ]
        for row in rows
    ]
    head = ["ground, true heads", "tilt", "per m²", "count", "density", "peak", "a moment", "people", "PedPy"]
    return [
        *_table(head, table),
        *(_worst(name, target, rows) for name, target in GROUND_TARGETS.items()),
        f"Shares of the truth over moments of at least {THIN_PER_M2} people per m²; people: off in a moment, over all.",
        "",
    ]


def counted_lines(rows: Sequence[CountedRow], coverage: float | None) -> list[str]:
    """What the network counts."""
    table = [
        [row.name, str(row.pictures), *map(_signed, (row.true_per_m2, row.density_bias, row.density_mae)),
         _plain_share(row.coverage)]
        for row in rows
    ]  # fmt: skip
    head = ["counted, per m²", "pictures", "true", "bias", "mean error", "in the 90 % band"]
    return [*_table(head, table), _band_line(coverage), ""]


def motion_lines(rows: Sequence[MotionRow]) -> list[str]:
    """Speed and flow."""
    table = [
        [f"{row.scenario}, {row.region}", f"{row.from_s:.0f} to {row.from_s + row.seconds:.0f} s",
         f"{row.true_m_s:.2f}", f"{row.speed_m_s:.2f}", _share(row.speed_error),
         str(row.true_crossings), f"{row.crossings:.1f}", _share(row.flow_error)]
        for row in rows
    ]  # fmt: skip
    head = ["motion", "when", "true m/s", "measured", "off", "crossed", "measured", "off"]
    return [*_table(head, table), ""]


def alarm_lines(rows: Sequence[AlarmRow]) -> list[str]:
    """Leads and false alerts."""
    table = [
        [f"{row.scenario}, {row.region}", row.seen_as, f"{60 * row.hours:.0f} min", f"{row.highest_per_m2:.1f}",
         "-" if row.lead_s is None else f"{row.lead_s:.0f} s",
         "-" if row.false_alerts is None else str(row.false_alerts),
         ", ".join(f"{error_s:+.0f}" for error_s in row.forecast.errors_s) or "-", str(row.forecast.missed)]
        for row in rows
    ]  # fmt: skip
    head = ["alarms", "rules see", "watched", "highest", "first alert before 6 per m²", "false",
            "foreseen a minute ahead, s off", "not foreseen"]  # fmt: skip
    known = [(row.lead_s, row) for row in rows if row.lead_s is not None and row.in_time]
    if not known:
        return [*_table(head, table), ""]
    lead_s, row = min(known, key=lambda each: each[0])
    verdict = _verdict(lead_s >= LEAD_TARGET_S, f"at least {LEAD_TARGET_S:.0f} s")
    return [*_table(head, table), f"Shortest lead: {lead_s:.0f} s, {row.scenario}, {row.seen_as}; {verdict}", ""]


def forecast_lines(found: Findings) -> list[str]:
    """The forecast, over all scenarios and the growing crowds; and on what was counted, where that was looked at."""
    true, counted = found.forecasts_of(TRUE_HEADS), found.forecasts_of(COUNTED)
    both = true + found.growing
    if not both.errors_s:
        return ["Forecast: none a minute ahead", ""]
    return [
        _forecast_line(TRUE_HEADS, both),
        *([_forecast_line(COUNTED, counted)] if counted.hours else []),
        *(
            f"Alerts `forecast` on the scenarios, {seen_as}: {score.alerts}, "
            f"false {score.false_alerts} in {score.hours:.1f} h"
            for seen_as, score in ((TRUE_HEADS, true), (COUNTED, counted))
            if score.hours
        ),
        "",
    ]


def _forecast_line(seen_as: str, score: ForecastScore) -> str:
    error = "-" if score.median_error_s is None else f"{score.median_error_s:.0f} s"
    return (
        f"Forecast of the time to a level, a minute ahead, {seen_as}: median error {error} of {len(score.errors_s)}, "
        f"{score.in_band} of them in their 90 % band; {score.missed} levels not foreseen"
    )


def labelled_lines(rows: Sequence[CountedRow]) -> list[str]:
    """An operator's own frames, a row a region."""
    table = [
        [row.name, str(row.pictures), f"{row.true_count:.1f}", f"{row.count_bias:+.2f}", f"{row.count_mae:.2f}",
         *map(_signed, (row.true_per_m2, row.density_bias, row.density_mae)), _plain_share(row.coverage)]
        for row in rows
    ]  # fmt: skip
    head = ["region", "frames", "people", "bias", "mean error", "per m²", "bias", "mean error", "in the 90 % band"]
    return _table(head, table)


def labelled_json(rows: Sequence[CountedRow]) -> dict[str, object]:
    """The same as an object, by region."""
    return {
        row.name: {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(row).items()}
        for row in rows
    }


def _worst(name: str, target: float, rows: Sequence[GroundRow]) -> str:
    figure: Callable[[GroundRow], float | None] = {
        "region_count_error": lambda row: row.count_error,
        "mean_density_error": lambda row: row.density_error,
        "peak_density_error": lambda row: row.peak_error,
    }[name]
    known = [(abs(error), row) for row in rows if (error := figure(row)) is not None]
    if not known:
        return f"{name}: no crowd"
    error, row = max(known, key=lambda each: each[0])
    where = f"{row.scenario}, {row.region} at {row.tilt_deg:.0f}°"
    return f"Worst {name}: {error:.1%}, {where}; {_verdict(error <= target, f'within {target:.0%}')}".replace("%", " %")


def _band_line(coverage: float | None) -> str:
    if coverage is None:
        return "No 90 % band: the model has no table of its errors beside it"
    low, high = COVERAGE_TARGET
    verdict = _verdict(low <= coverage <= high, f"{low:.0%} to {high:.0%}")
    return f"Truths inside the 90 % band, cameras never seen before: {coverage:.1%}; {verdict}".replace(
        "%", " %"
    ).replace("90  %", "90 %")


def _verdict(met: bool, target: str) -> str:
    return f"target {target}: {'met' if met else 'MISSED'}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    aligned = [
        [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        for row in [head, *rows]
    ]
    return ["  ".join(cells) for cells in aligned]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:+.1f} %"


def _plain_share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"
