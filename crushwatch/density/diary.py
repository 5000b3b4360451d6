"""What a run says of itself as it learns: losses, validation, checkpoints that are due, how long it still takes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from crushwatch.density.checkpoint import Run, save
from crushwatch.density.curves import write_curves
from crushwatch.density.evaluation import counting, evaluate, scores
from crushwatch.density.networks import DensityNetwork
from crushwatch.density.recipe import TrainingConfig, pictures_of
from crushwatch.errors import EngineError, SiteError
from crushwatch.output import whole_file

log = logging.getLogger("crushwatch.density.training")
steps_log = log.getChild("steps")
"""A line every `log_seconds`, for whom no bar is drawn."""


class Diary:
    """Keeps time, writes checkpoints, measures on the validation sets now and then, and says how far the run is."""

    def __init__(
        self, folder: Path, config: TrainingConfig, run: Run, clock: Callable[[], float], settle: Callable[[], None]
    ) -> None:
        """settle: makes the averaged network ready to be measured."""
        self._folder, self._config, self._run, self._clock = folder, config, run, clock
        self._before_s, self._began_s = run.elapsed_s, clock()
        self._due_s = {"log": config.log_seconds, "save": config.checkpoint_minutes * 60}
        self._due_s["validate"] = config.validate_minutes * 60
        self._next_s = {what: self._elapsed_s() + every for what, every in self._due_s.items()}
        self._settle = settle
        self._losses: list[torch.Tensor] = []
        keep_until(folder / "log.jsonl", run.step)
        self._board = tensorboard(folder, run.step) if config.tensorboard else None
        self._said_s = self._elapsed_s()

    def progress(self) -> float:
        """Share of the schedule that is done, by steps or by the clock."""
        if self._config.steps is not None:
            return self._run.step / self._config.steps
        return self._elapsed_s() / (60.0 * max(self._config.minutes or 0.0, 1e-9))

    def left_min(self) -> float:
        """Minutes until the schedule ends, at the pace so far."""
        return max(0.0, self._elapsed_s() * (1.0 / max(self.progress(), 1e-6) - 1.0) / 60.0)

    def step(self, loss: torch.Tensor) -> None:
        """Note a step's loss and do what is due."""
        self._losses.append(loss)
        self._run.elapsed_s = self._elapsed_s()
        if self._is_due("log"):
            self._say()
        if self._is_due("validate"):
            self._keep()  # measuring takes minutes: who stops it loses nothing
            self._validate()
        if self._is_due("save"):
            self._keep()

    def close(self, measure: bool = True) -> None:
        """Write the last checkpoint, measure, and draw how it went."""
        self._run.elapsed_s = self._elapsed_s()
        if self._losses:
            self._say()
        self._save("last.pt")
        self._keep()
        if measure:
            self._validate()
        if (self._folder / "log.jsonl").exists():
            write_curves(self._folder / "log.jsonl", self._folder / "curves.svg")
        if self._board is not None:
            self._board.close()

    def _elapsed_s(self) -> float:
        return self._before_s + self._clock() - self._began_s

    def _is_due(self, what: str) -> bool:
        if self._elapsed_s() < self._next_s[what]:
            return False
        self._next_s[what] = self._elapsed_s() + self._due_s[what]
        return True

    def _check_numbers(self) -> None:
        """Raise EngineError where the losses or the weights are no numbers any more, so that none is written."""
        networks = (self._run.network, self._run.average)
        weights = [values for network in networks for values in (*network.parameters(), *network.buffers())]
        losses = [torch.stack(self._losses)] if self._losses else []
        if all(bool(values.isfinite().all()) for values in (*losses, *weights)):
            return
        kept = "goes on from the last checkpoint" if (self._folder / "last.pt").exists() else "begins anew"
        raise EngineError(
            f"by step {self._run.step} the loss or the weights are no numbers any more; nothing of that was written. "
            f"Lower rate, rate_front or clip and start again: the run in {self._folder} {kept}"
        )

    def _say(self) -> None:
        self._check_numbers()
        done, elapsed_s, left_min = self.progress(), self._elapsed_s(), self.left_min()
        rate = len(self._losses) * self._config.batch / max(elapsed_s - self._said_s, 1e-6)
        loss = float(torch.stack(self._losses).mean())
        self._losses.clear()
        self._said_s = elapsed_s
        steps_log.info(
            "step %d  loss %.4f  %.1f crops/s  %.0f %%  %.1f min left", self._run.step, loss, rate, 100 * done, left_min
        )
        self._write({"step": self._run.step, "elapsed_s": elapsed_s, "loss": loss, "crops_per_s": rate})

    def _validate(self) -> None:
        if not self._config.validation:
            return
        found = validated(self._run.average, self._config)
        score = float(np.mean([found[v.name]["mae"] / v.goal for v in self._config.validation]))
        log.info(
            "validation %s  score %.3f",
            "  ".join(f"{n} {f['mae']:.2f} ({f['bias']:+.2f})" for n, f in found.items()),
            score,
        )
        self._write({"step": self._run.step, "elapsed_s": self._elapsed_s(), "validation": found, "score": score})
        if score < self._run.best:
            self._run.best = score
            self._save("best.pt")

    def _keep(self) -> None:
        """Write the last checkpoint with an average that can be measured and exported."""
        self._settle()
        self._save("last.pt")

    def _save(self, name: str) -> None:
        """Write a checkpoint; raises EngineError instead where nothing can be learnt any more."""
        self._check_numbers()
        save(self._run, self._config, self._folder / name)

    def _write(self, line: dict[str, object]) -> None:
        if self._board is not None:
            for name, value in scalars(line).items():
                self._board.add_scalar(name, value, self._run.step)
        with (self._folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


def scalars(line: Mapping[str, object]) -> dict[str, float]:
    """The curves that a line of the log belongs to, each with its value.

    >>> scalars({"step": 7, "validation": {"a": {"mae": 60.5, "bias": -2.0}}, "score": 1.1})
    {'score': 1.1, 'a/mae': 60.5, 'a/bias': -2.0}
    """
    found = {name: float(str(line[name])) for name in ("loss", "crops_per_s", "score") if name in line}
    measured = line.get("validation")
    for part, figures in measured.items() if isinstance(measured, Mapping) else ():
        found |= {f"{part}/{name}": float(value) for name, value in figures.items()}
    return found


def keep_until(log: Path, step: int) -> None:
    """Take out of a log the lines after that step, of a run that ended between two checkpoints, and a torn one."""
    if not log.exists():
        return
    lines = log.read_text().splitlines()
    kept = [line for line in lines if (at := step_of(line)) is not None and at <= step]
    if len(kept) < len(lines):
        with whole_file(log) as draft:
            draft.write_text("".join(f"{line}\n" for line in kept))


def step_of(line: str) -> int | None:
    """The step that a line of the log is of; None of a torn one.

    >>> step_of('{"step": 7, "loss": 1.5}'), step_of('{"step": 8, "lo')
    (7, None)
    """
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return None


def tensorboard(folder: Path, step: int) -> Any:
    """A writer of scalars from that step on; raises SiteError where TensorBoard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise SiteError("tensorboard: true needs it installed: pip install 'crushwatch[tensorboard]'") from None
    return SummaryWriter(str(folder), purge_step=step or None)


def validated(network: DensityNetwork, config: TrainingConfig) -> dict[str, dict[str, float]]:
    """MAE, RMSE and bias of each validation set."""
    found = {}
    torch.backends.cudnn.benchmark = False  # every picture has another shape
    for part in config.validation:
        result = scores(evaluate(counting(network, bool(config.bfloat16)), pictures_of(part), network.cell_px))
        found[part.name] = {"mae": result.mae, "rmse": result.rmse, "bias": result.bias}
    torch.backends.cudnn.benchmark = True
    return found
