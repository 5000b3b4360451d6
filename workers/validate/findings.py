"""All that was found, and as the one object that a program reads."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from crushwatch.rules.assess import ForecastScore
from workers.validate.alarms import COUNTED, TRUE_HEADS, AlarmRow
from workers.validate.counted import CountedRow
from workers.validate.motion import MotionRow
from workers.validate.on_ground import GroundRow, worst

GROUND_TARGETS = {"region_count_error": 0.02, "mean_density_error": 0.03, "peak_density_error": 0.10}
LEAD_TARGET_S = 60.0
COVERAGE_TARGET = (0.85, 0.95)


@dataclass(frozen=True)
class PedpyRow:
    """One region under one camera against PedPy: shares of PedPy's mean densities, with their signs."""

    scenario: str
    region: str
    tilt_deg: float
    classic_difference: float | None
    voronoi_difference: float | None


@dataclass(frozen=True)
class Findings:
    """Row by row. pedpy: None where PedPy is not installed. coverage: None where the model has no intervals."""

    ground: Sequence[GroundRow]
    pedpy: Sequence[PedpyRow] | None
    counted: Sequence[CountedRow]
    motion: Sequence[MotionRow]
    alarms: Sequence[AlarmRow]
    growing: ForecastScore
    coverage: float | None

    def as_json(self) -> dict[str, object]:
        """Errors are shares of the truth, the worst over scenarios and tilts; densities are people per square metre."""
        return {
            "ground": {
                "region_count_error": _rounded(worst([row.count_error for row in self.ground])),
                "mean_density_error": _rounded(worst([row.density_error for row in self.ground])),
                "peak_density_error": _rounded(worst([row.peak_error for row in self.ground])),
                "pedpy_density_difference": self._pedpy(lambda row: row.classic_difference),
                "pedpy_voronoi_difference": self._pedpy(lambda row: row.voronoi_difference),
            },
            "counted": {
                row.name: {"density_bias": _rounded(row.density_bias), "density_mae": _rounded(row.density_mae)}
                for row in self.counted
            },
            "motion": {
                "speed_error": _rounded(worst([row.speed_error for row in self.motion])),
                "flow_error": _rounded(worst([row.flow_error for row in self.motion])),
            },
            "forecast": {
                "median_error_s": _rounded(self.median_error_s, 1),
                "false_per_hour": _rounded(self.forecasts_of(TRUE_HEADS).false_per_hour, 2),
                "counted": {
                    "median_error_s": _rounded(self.forecasts_of(COUNTED).median_error_s, 1),
                    "false_per_hour": _rounded(self.forecasts_of(COUNTED).false_per_hour, 2),
                },
            },
            "alarms": {
                "lead_s_min": _rounded(min(_known(row.lead_s for row in self.alarms if row.in_time), default=None), 1),
                "false_per_hour": _rounded(self.false_per_hour, 2),
                "lead_s": {seen_as: self.leads_s(seen_as) for seen_as in (TRUE_HEADS, COUNTED)},
            },
            "band": {"coverage": _rounded(self.coverage)},
        }

    def forecasts_of(self, seen_as: str) -> ForecastScore:
        """Of all scenarios together, as the rules saw them."""
        total = ForecastScore()
        for row in self.alarms:
            total = total + row.forecast if row.seen_as == seen_as else total
        return total

    def leads_s(self, seen_as: str) -> dict[str, float | None]:
        """The shortest lead of each scenario that comes to a crush, those too that leave no minute to tell."""
        rows = [row for row in self.alarms if row.seen_as == seen_as and row.lead_s is not None]
        return {
            name: _rounded(min(_known(row.lead_s for row in rows if row.scenario == name)), 1)
            for name in dict.fromkeys(row.scenario for row in rows)
        }

    @property
    def median_error_s(self) -> float | None:
        """Of the scenarios' true heads and of the growing crowds."""
        errors = self.forecasts_of(TRUE_HEADS).errors_s + self.growing.errors_s
        return statistics.median(abs(error) for error in errors) if errors else None

    @property
    def false_per_hour(self) -> float:
        """Alerts over calm crowds an hour."""
        calm = [row for row in self.alarms if row.false_alerts is not None]
        watched_h = sum(row.hours for row in calm)
        return sum(row.false_alerts or 0 for row in calm) / watched_h if watched_h else 0.0

    def _pedpy(self, figure: Callable[[PedpyRow], float | None]) -> float | None:
        return None if self.pedpy is None else _rounded(worst([figure(row) for row in self.pedpy]))


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
