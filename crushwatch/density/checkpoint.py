"""A run on disk: what changes while training, so that it goes on where it stopped, and its averaged weights."""

from __future__ import annotations

import logging
import math
import pickle
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from crushwatch.density.networks import DensityNetwork, build_density
from crushwatch.density.recipe import TrainingConfig, as_config
from crushwatch.errors import ModelError

log = logging.getLogger("crushwatch.density.training")


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
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def resumed(run: Run, folder: Path) -> Run:
    """The run as the folder's last checkpoint has it; as it is when there is none."""
    path = folder / "last.pt"
    if not path.exists():
        return run
    state = torch.load(path, map_location="cpu", weights_only=True)
    run.network.load_state_dict(state["network"])
    run.average.load_state_dict(state["average"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.step, run.elapsed_s, run.best = state["step"], state["elapsed_s"], state["best"]
    log.info("resumed at step %d after %.1f min", run.step, run.elapsed_s / 60)
    return run


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
    return Origin(as_config(state["config"]), state["step"], state["elapsed_s"], state.get("commit", "unknown"))


def checkpoint(path: Path) -> dict[str, Any]:
    """What `save` wrote; raises EngineError for what is no checkpoint."""
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such checkpoint; `crushwatch train` writes last.pt") from None
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        raise ModelError(f"{path} is no checkpoint of `crushwatch train`") from None
    if not isinstance(state, dict) or not {"config", "average"} <= state.keys():
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
