"""Train and measure the networks one after the other; see the package's docstring."""

from __future__ import annotations

import argparse
import json
import logging
import os
from pathlib import Path
from typing import Any

from bench.networks.page import write_scatter, write_tables
from bench.networks.rows import ROWS

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).with_name("figures.json")


def main() -> None:
    """Names on the command line choose rows; figures are kept after each, so that a stop loses one row at most."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(row.name for row in ROWS)}, count-regressor")
    parser.add_argument("--runs", type=Path, default=Path("runs/networks"), help="where checkpoints and reports go")
    parser.add_argument("--minutes", type=float, help="instead of each recipe's own: to try things out")
    parser.add_argument("--figures", type=Path, default=FIGURES, help="where the figures are kept")
    parser.add_argument("--tables", action="store_true", help="only write the tables")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    data = Path(os.environ.setdefault("CRUSHWATCH_DATA", "../shared/data"))
    figures: dict[str, Any] = json.loads(given.figures.read_text()) if given.figures.exists() else {}
    if not given.tables:
        for name in given.names or [*(row.name for row in ROWS), "count-regressor"]:
            figures[name] = measured(name, data, given.runs, given.minutes)
            given.figures.write_text(as_lines(figures))
            print(name, {key: value for key, value in figures[name].items() if key != "points"}, flush=True)
    if given.figures != FIGURES:
        return
    write_tables(ROOT / "docs/models.md", figures)
    write_scatter(ROOT / "docs/pictures/models-scatter.svg", figures)


def as_lines(figures: dict[str, Any]) -> str:
    """JSON with a line a row, so that a change of one row is a change of one line."""
    rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(figures[name])}" for name in sorted(figures))
    return f"{{\n{rows}\n}}\n"


def measured(name: str, data: Path, runs: Path, minutes: float | None) -> dict[str, object]:
    """The figures of one row; torch is loaded only where something is trained."""
    from bench.networks.measure import measure
    from bench.networks.regressor import MINUTES, measure_regressor

    if name == "count-regressor":
        return measure_regressor(data, runs, minutes or MINUTES)
    return measure(next(row for row in ROWS if row.name == name), data, runs, minutes)


if __name__ == "__main__":
    main()
