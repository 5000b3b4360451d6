"""python -m bench [--quick] [--json]: all questions, one after the other; answers appended to docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    cameras_720p,
    capture_cost,
    int8_over_float,
    latency_and_memory,
    openvino_over_benchmark_app,
    over_usual_way,
    stages,
    worker_over_engine,
)
from bench.machine import cpu_flags, describe_machine

BOOK = Path(__file__).parents[1] / "docs" / "benchmarks.md"
QUESTIONS = (
    openvino_over_benchmark_app,
    int8_over_float,
    over_usual_way,
    cameras_720p,
    capture_cost,
    stages,
    worker_over_engine,
    latency_and_memory,
)


def main() -> None:
    """Ask, print, and write down."""
    options = _options()
    answers: dict[str, object] = {}
    for question in QUESTIONS:
        print(f"# {question.__name__}: {(question.__doc__ or '').splitlines()[0]}", flush=True)
        found = question.measure(quick=options.quick)
        print("\n".join(f"  {name}: {value}" for name, value in found.items()), flush=True)
        answers |= found
    answers["cpu_flags"] = cpu_flags()
    if not options.quick:
        _write_down(answers)
    if options.json:
        print(json.dumps(answers))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter turns; nothing is written down")
    parser.add_argument("--json", action="store_true", help="end with one JSON line")
    return parser.parse_args()


def _write_down(answers: dict[str, object]) -> None:
    rows = "\n".join(f"| {name} | {value} |" for name, value in answers.items())
    now = datetime.now(UTC).date().isoformat()
    with BOOK.open("a", encoding="utf-8") as book:
        book.write(f"\n## {now}, `make bench`\n\n{describe_machine()}\n\n| figure | value |\n| --- | --- |\n{rows}\n")


if __name__ == "__main__":
    main()
