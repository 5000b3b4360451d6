"""A run on disk: what changes while training, so that it goes on where it stopped, and its averaged weights."""

from __future__ import annotations

import logging
import math
import subprocess
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from crushwatch.density.networks import DensityNetwork, build_density
from crushwatch.density.recipe import TrainingConfig, as_config, said
from crushwatch.errors import EngineError, ModelError, SiteError
from crushwatch.output import whole_file

log = logging.getLogger("crushwatch.density.training")

WEIGHTS = frozenset({"config", "average"})
"""Parts of a checkpoint without which no network can be had of it."""
RESUMED = WEIGHTS | {"network", "optimiser", "step", "elapsed_s", "best"}
"""Parts without which no run can go on."""


@dataclass
class Run:
    """What a checkpoint holds: everything that changes while training."""

    network: DensityNetwork
    average: DensityNetwork
    optimiser: torch.optim.Optimizer
    step: int = 0
    elapsed_s: float = 0.0
    best: float = math.inf


def save(run: Run, config: TrainingConfig, path: Path) -> None:
    """Write a checkpoint; a crash while writing leaves the one before."""
    state = {
        "network": run.network.state_dict(),
        "average": run.average.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "step": run.step,
        "elapsed_s": run.elapsed_s,
        "best": run.best,
        "config": asdict(config),
        "commit": commit(),
    }
    try:
        with whole_file(path) as draft:
            torch.save(state, draft)
    except (OSError, RuntimeError) as fault:  # torch tells of a full disk by a RuntimeError
        raise EngineError(
            f"{path}: step {run.step} could not be written; is the disk full? ({first_line(fault)})"
        ) from None


def first_line(fault: Exception) -> str:
    """What an error says, without torch's stack."""
    return next(iter(str(fault).splitlines()), type(fault).__name__)


def resumed(run: Run, config: TrainingConfig, folder: Path) -> Run:
    """The run as the folder's last checkpoint has it; as it is when there is none.

    Rates and weight decay are the recipe's, also where it has changed. Raises SiteError where the checkpoint's network
    or optimiser is another than the recipe's.
    """
    path = folder / "last.pt"
    if not path.exists():
        return run
    state = checkpoint(path, RESUMED)
    check_same_run(path, config_of(path, state), config)
    decided = [{name: group[name] for name in ("rate", "weight_decay")} for group in run.optimiser.param_groups]
    run.network.load_state_dict(state["network"])
    run.average.load_state_dict(state["average"])
    run.optimiser.load_state_dict(state["optimiser"])
    for group, values in zip(run.optimiser.param_groups, decided, strict=True):
        group.update(values)
    run.step, run.elapsed_s = state["step"], state["elapsed_s"]
    run.best = min(state["best"], best_in(folder))
    log.info("resumed at step %d after %.1f min", run.step, run.elapsed_s / 60)
    return run


def check_same_run(path: Path, before: TrainingConfig, now: TrainingConfig) -> None:
    """Raise SiteError where the recipe is of another run than the checkpoint; log what else has changed."""
    changed = [each.name for each in fields(now) if getattr(before, each.name) != getattr(now, each.name)]
    if other := [name for name in ("network", "options", "optimiser") if name in changed]:
        others = ", ".join(f"{name}: {getattr(before, name)}, not {getattr(now, name)}" for name in other)
        raise SiteError(
            f"{path} is of another run ({others}): give another folder, or take that file away to begin anew"
        )
    if before.frozen_stages != now.frozen_stages:
        raise SiteError(
            f"{path} is of a run that froze {before.frozen_stages} stages, not {now.frozen_stages} (freeze)"
        )
    if changed := [name for name in changed if name not in ("minutes", "steps", "threads", "init", "freeze")]:
        log.warning("the recipe is not the one that %s began with: %s changed", path, ", ".join(changed))


def best_in(folder: Path) -> float:
    """The score of the folder's best checkpoint: it may be younger than the last, which a crash has cut off."""
    path = folder / "best.pt"
    return float(checkpoint(path, RESUMED)["best"]) if path.exists() else math.inf


@dataclass(frozen=True)
class Origin:
    """Where a checkpoint's weights come from. commit: of the code that trained; "unknown" where it was not kept."""

    config: TrainingConfig
    steps: int
    elapsed_s: float
    commit: str


def origin_of(path: Path) -> Origin:
    """Where the weights of a checkpoint come from; raises EngineError for what is no checkpoint."""
    state = checkpoint(path)
    return Origin(config_of(path, state), state["step"], state["elapsed_s"], state.get("commit", "unknown"))


def config_of(path: Path, state: dict[str, Any]) -> TrainingConfig:
    """The recipe in a checkpoint; raises EngineError where it is one that this version does not know."""
    try:
        return as_config(state["config"])
    except ValidationError as fault:
        raise ModelError(f"{path}: its recipe is of another version: {said(fault.errors()[0])}") from None


def checkpoint(path: Path, wanted: frozenset[str] = WEIGHTS) -> dict[str, Any]:
    """What `save` wrote; raises EngineError for what is no checkpoint, or lacks what is wanted of it."""
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such checkpoint; `crushwatch train` writes last.pt") from None
    except Exception:  # of a damaged file torch raises nearly every kind of error there is
        raise ModelError(f"{path} is no checkpoint of `crushwatch train`") from None
    if not isinstance(state, dict) or not wanted <= state.keys():
        raise ModelError(f"{path} is no checkpoint of `crushwatch train`")
    return state


def averaged_network(path: Path) -> DensityNetwork:
    """The network of a checkpoint with its averaged weights, in evaluation mode; raises EngineError."""
    state = checkpoint(path)
    network = build_density(state["config"]["network"], **state["config"]["options"])
    network.load_state_dict(state["average"])
    return network.eval()


def commit() -> str:
    """The commit of the code that runs, for the checkpoint; "unknown" outside a repository and where git is missing."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False)  # noqa: S603
    except OSError:
        return "unknown"
    return found.stdout.strip() or "unknown"
