"""python -m bench.gpu: how fast the networks and the worker are on this GPU; appended to docs/benchmarks.md.

python -m bench.gpu                             all of it, some ten minutes
python -m bench.gpu --part networks             one part: networks, worker or usual
python -m bench.gpu --device cpu --tiny         a rehearsal on a processor; nothing is written down
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from bench.gpu import networks, usual, worker
from bench.gpu.card import describe_card
from bench.gpu.setting import Setting
from bench.machine import describe_machine

BOOK = Path(__file__).parents[2] / "docs" / "benchmarks.md"
PARTS = ("networks", "worker", "usual")


def main() -> None:
    """Measure, print, write down."""
    options = _options()
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        raise SystemExit("python -m bench.gpu: there is no NVIDIA GPU here; rehearse with --device cpu --tiny")
    with tempfile.TemporaryDirectory() as folder:
        setting = _setting(options, Path(folder))
        page = Page(options.until_s)
        page.line(f"{describe_card(setting.device)}; {describe_machine()}")
        try:
            for part in options.part or PARTS:
                MEASURE[part](setting, page)
        finally:  # what was measured before it was broken off is worth keeping
            kept(page, options)


def kept(page: Page, options: argparse.Namespace) -> None:
    """Write down, and print as JSON, as the options say."""
    book = options.book if options.book is not None else None if options.tiny else BOOK
    if book is not None:
        page.write_down(book, " ".join(["python -m bench.gpu", *(f"--part {part}" for part in options.part or ())]))
    if options.json:
        print(json.dumps(page.figures))


class Page:
    """What is said while measuring, kept for the book; and whether there is time for more."""

    def __init__(self, until_s: float | None) -> None:
        self._ends_s = time.monotonic() + until_s if until_s else None
        self._lines: list[str] = []
        self.figures: list[dict[str, object]] = []

    @property
    def is_over(self) -> bool:
        """Whether the time given is used up."""
        return self._ends_s is not None and time.monotonic() > self._ends_s

    def line(self, text: str = "") -> None:
        """A line of text."""
        print(text, flush=True)
        self._lines.append(text)

    def row(self, cells: Iterable[object]) -> None:
        """A row of a table."""
        self.line("| " + " | ".join(str(cell) for cell in cells) + " |")

    def head(self, title: str, cells: Sequence[str]) -> None:
        """A table begins."""
        self.line()
        self.line(title)
        self.line()
        self.row(cells)
        self.row(["---"] * len(cells))

    def write_down(self, book: Path, command: str) -> None:
        """Append to the book."""
        text = "\n".join(self._lines)
        with book.open("a", encoding="utf-8") as file:
            file.write(f"\n## {datetime.now(UTC).date().isoformat()}, `{command}`\n\n{text}\n")


def measure_networks(setting: Setting, page: Page) -> None:
    """Every network, precision, way, size and batch."""
    peak = networks.peaks(setting)
    side = setting.matmul_side
    page.line("Matrix product of " + f"{side}: " + ", ".join(f"{n} {t:.1f} TFLOP/s" for n, t in peak.items()))
    missing: list[str] = []
    page.head(f"The network alone, pictures on the device (CSRNet's aim: {networks.TARGET_SHARE:.0%})", networks.HEAD)
    for row in networks.rows(setting, peak, missing.append):
        page.row(row.cells())
        page.figures.append(asdict(row))
        if page.is_over:
            missing.append("the rest: the time given was used up")
            break
    page.line()
    for reason in missing:
        page.line(f"- not measured: {reason}")


def measure_worker(setting: Setting, page: Page) -> None:
    """Frame to reading."""
    rate = f"{setting.rate_hz:g} frames a second each"
    page.head(f"From frame to reading, {rate}, batches of up to {setting.worker_batch}", worker.HEAD)
    turns = [(cameras, where) for cameras in setting.cameras for where in ("device", "processor")]
    for network in setting.networks:
        with closing(worker.engine_of(setting, network)) as engine:
            for cameras, where in turns:
                if page.is_over:
                    return
                found = worker.served(setting, engine, network, cameras, where)
                page.row(found.cells())
                page.figures.append(asdict(found))


def measure_usual(setting: Setting, page: Page) -> None:
    """Against the usual way, in the same run."""
    page.head("The usual way (FP32 as torch has it, eager, batch 1, a VideoCapture a camera)", ("network", "frames/s"))
    for network in setting.networks:
        found = usual.frames_per_s(setting, network)
        page.row((network, f"{found:.1f}"))
        page.figures.append({"network": network, "usual_frames_per_s": found})


MEASURE = {"networks": measure_networks, "worker": measure_worker, "usual": measure_usual}


def _setting(options: argparse.Namespace, folder: Path) -> Setting:
    begun = Setting.rehearsal(options.device, folder) if options.tiny else Setting(options.device, folder)
    models = {} if options.csrnet is None else {"csrnet": str(options.csrnet)}
    return replace(
        begun, models=models, row_s=options.row_s or begun.row_s, worker_s=options.worker_s or begun.worker_s
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, or cpu for a rehearsal")
    parser.add_argument("--tiny", action="store_true", help="everything as small as can be; nothing is written down")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be given again")
    parser.add_argument("--csrnet", type=Path, help="its weights, an .onnx file; random ones if left out")
    parser.add_argument("--row-s", type=float, help="seconds for each figure of the networks")
    parser.add_argument("--worker-s", type=float, help="seconds for each figure of the worker and the usual way")
    parser.add_argument("--until-s", type=float, help="begin nothing new after so many seconds")
    parser.add_argument("--book", type=Path, help="append here instead of to docs/benchmarks.md")
    parser.add_argument("--json", action="store_true", help="end with one JSON line")
    return parser.parse_args()


if __name__ == "__main__":
    main()
