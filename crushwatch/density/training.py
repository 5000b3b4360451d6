"""One training loop for every network and device; configured by a small YAML that lies beside each shipped model."""

from __future__ import annotations

import ctypes
import json
import logging
import math
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn

from crushwatch.density.batches import Batch, Crops, Source
from crushwatch.density.curves import write_curves
from crushwatch.density.device_crops import DeviceCrops
from crushwatch.density.evaluation import counting, evaluate, scores
from crushwatch.density.export import load_exported
from crushwatch.density.networks import DensityNetwork, build_density
from crushwatch.density.networks.vgg16 import take_imagenet
from crushwatch.density.recipe import TrainingConfig, as_config, pictures_of, pictures_to_learn
from crushwatch.density.shipped import model_path
from crushwatch.density.targets import TARGETS
from crushwatch.density.teaching import Teaching, check_fit, frozen, lesson_named, teaching
from crushwatch.errors import ModelError, SiteError

log = logging.getLogger("crushwatch.density.training")
steps_log = log.getChild("steps")
"""A line every `log_seconds`, for whom no bar is drawn."""


OnStep = Callable[[float, float], None]
"""(share of the schedule that is done, minutes that are left)."""


@dataclass
class Run:
    """What a checkpoint holds: everything that changes while training."""

    network: DensityNetwork
    average: DensityNetwork
    optimiser: torch.optim.Optimizer
    step: int = 0
    elapsed_s: float = 0.0
    best: float = math.inf


def train(
    config: TrainingConfig,
    folder: Path,
    clock: Callable[[], float] = time.monotonic,
    for_minutes: float | None = None,
    on_step: OnStep | None = None,
) -> Run:
    """Train until the schedule ends, from the folder's last checkpoint if it has one; the folder also gets a log.

    for_minutes: stop after so many minutes of this call, what it takes to begin counted in; the next call goes on.
    on_step: is told after every step how far the schedule is.
    """
    if config.minutes is None and config.steps is None:
        raise SiteError("a run needs its length: give minutes or steps")
    check_device(config.device)
    stop_at_s = math.inf if for_minutes is None else clock() + 60.0 * for_minutes
    folder.mkdir(parents=True, exist_ok=True)
    prepare_for_speed(config)
    run = resumed(started(config), folder)
    loss_of = Compiled.loss(teaching_of(config, run.network), config.compiled)
    crops = mixture(config, run.network.cell_px)
    diary = Diary(folder, config, run, clock)
    for batch in crops.from_step(run.step, config.planning_threads):
        if (progress := diary.progress()) >= 1.0 or clock() >= stop_at_s:
            break
        set_rates(run.optimiser, run.step, progress, config.warm_up_steps)
        diary.step(learn(run, batch, loss_of, config))
        if on_step is not None:
            on_step(min(1.0, diary.progress()), diary.left_min())
    diary.close()
    return run


def check_device(name: str) -> None:
    """Raise SiteError where the device cannot be used, naming those that can."""
    there = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if name not in (*there, *(["cuda"] if len(there) > 1 else [])):
        raise SiteError(f"device: {name} is not here or this torch cannot use it; there is {', '.join(there)}")


def prepare_for_speed(config: TrainingConfig) -> None:
    """The process's settings."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(1)  # crops are cut beside the network: more threads would take its cores away
    keep_freed_memory()
    torch.backends.cudnn.benchmark = True  # all crops have one shape: the fastest kernel is looked for once


MALLOPT = ((-1, 2**31 - 1), (-2, 2**28), (-4, 0))
"""glibc's M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_MAX, from malloc.h."""


def keep_freed_memory() -> None:
    """Have freed memory used again instead of given back: every step allocates the same gigabytes, and the pages of
    fresh ones cost a quarter of a processor's step. Where the C library is not glibc nothing changes.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        for option, value in MALLOPT:
            library.mallopt(option, value)


LossOf = Callable[[DensityNetwork, torch.Tensor, torch.Tensor], torch.Tensor]
"""(network, images, targets) to the loss."""


class Compiled:
    """A loss that torch.compile has made faster, or as it was where that cannot be done."""

    def __init__(self, plain: LossOf, compiler: Callable[[LossOf], LossOf] = torch.compile) -> None:
        self._plain, self._fast = plain, compiler(plain)

    @staticmethod
    def loss(chosen: Teaching, wanted: bool) -> LossOf:
        """The teaching's loss, compiled if that is wanted."""
        return Compiled(chosen.loss) if wanted else chosen.loss

    def __call__(self, network: DensityNetwork, images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        try:
            return self._fast(network, images, targets)
        except Exception as fault:
            if self._fast is self._plain:
                raise
            log.warning("torch.compile cannot be used here, going on without: %s", str(fault).splitlines()[0])
            self._fast = self._plain
            return self._plain(network, images, targets)


def learn(run: Run, batch: Batch, loss_of: LossOf, config: TrainingConfig) -> torch.Tensor:
    """One step: forward, back, clip, update, average. Gives the loss without waiting for the device."""
    images, targets = (part.to(config.device, non_blocking=True) for part in batch)
    with torch.autocast(torch.device(config.device).type, torch.bfloat16, enabled=config.bfloat16):
        loss = loss_of(run.network, images, targets)
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    learning = [p for group in run.optimiser.param_groups for p in group["params"]]
    nn.utils.clip_grad_norm_(learning, config.clip)
    run.optimiser.step()
    run.step += 1
    follow(run.average, run.network, min(config.average, run.step / (run.step + 10.0)))
    return loss.detach()


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the averaged weights towards the network's; running statistics are copied."""
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1.0 - decay)
    for kept, fresh in zip(average.buffers(), network.buffers(), strict=True):
        kept.copy_(fresh)


def set_rates(optimiser: torch.optim.Optimizer, step: int, progress: float, warm_up_steps: int) -> None:
    """Linear warm-up, then a cosine down to a hundredth."""
    warm = min(1.0, (step + 1) / max(1, warm_up_steps))
    for group in optimiser.param_groups:
        group["lr"] = group["rate"] * warm * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress))))


def teaching_of(config: TrainingConfig, network: DensityNetwork) -> Teaching:
    """What the configuration's loss and teacher say; raises SiteError for what does not go together."""
    teacher = None if config.teacher is None else frozen(open_weights(config.teacher), config.device)
    if teacher is not None and network.counts and not teacher.counts:
        raise SiteError(f"teacher: {config.teacher} does not count people, so that {config.network} cannot learn it")
    chosen = teaching(config.loss, teacher, config.teacher_share, network.cell_px)
    check_fit(config.loss, config.network, network)
    return chosen


def open_weights(name_or_path: str) -> DensityNetwork:
    """A network from a shipped name, an ONNX file of ours, or a checkpoint's averaged weights, in evaluation mode."""
    path = model_path(os.path.expandvars(name_or_path))
    return averaged_network(path) if path.suffix == ".pt" else load_exported(path)


def started(config: TrainingConfig) -> Run:
    """A network with fresh or given weights, its average, and the optimiser."""
    network = build_density(config.network, **config.options)
    if config.init == "imagenet":
        take_imagenet(network.front_end())
    elif config.init is not None:
        take_initial(network, config)
    network = network.to(config.device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    average = build_density(config.network, **config.options).to(config.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average.load_state_dict(network.state_dict())
    return Run(network, average.eval(), optimiser_of(network, config))


def optimiser_of(network: DensityNetwork, config: TrainingConfig) -> torch.optim.Optimizer:
    """The optimiser that the configuration names; raises SiteError for another."""
    groups = parameter_groups(network, config)
    if config.optimiser == "adamw":
        on_processor = torch.device(config.device).type == "cpu"
        return torch.optim.AdamW(groups, weight_decay=config.weight_decay, fused=None if on_processor else True)
    if config.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=0.0, momentum=0.95, weight_decay=config.weight_decay)
    raise SiteError(f"there is no optimiser {config.optimiser!r}; there are adamw and sgd")


def take_initial(network: DensityNetwork, config: TrainingConfig) -> None:
    """Give the network the weights that `init` names; of a checkpoint of another network, its front end's."""
    path = model_path(os.path.expandvars(str(config.init)))
    if path.suffix == ".onnx":
        network.load_state_dict(load_exported(path, config.network).state_dict())
        return
    state = checkpoint(path)
    if state["config"]["network"] == config.network:
        network.load_state_dict(state["average"])
        return
    if not network.front_end():
        raise SiteError(f"init: {config.network} has no front end that could be taken out of {path}")
    other = averaged_network(path)
    try:
        nn.Sequential(*network.front_end()).load_state_dict(nn.Sequential(*other.front_end()).state_dict())
    except RuntimeError:
        raise SiteError(f"init: the front end of {path} ({state['config']['network']}) has other shapes") from None


def parameter_groups(network: DensityNetwork, config: TrainingConfig) -> list[dict[str, Any]]:
    """The front end (less its frozen stages) and the rest, each with its own rate; only they need gradients."""
    stages = network.front_end()
    front = {id(p) for stage in stages for p in stage.parameters()}
    for stage in stages[: config.freeze]:
        stage.requires_grad_(False)
    wanted = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in wanted if id(p) in front], "rate": config.rate_front, "lr": 0.0},
        {"params": [p for p in wanted if id(p) not in front], "rate": config.rate, "lr": 0.0},
    ]
    return [group for group in groups if group["params"]]


def mixture(config: TrainingConfig, cell_px: int) -> Crops | DeviceCrops:
    """The crops of all sources in their shares, cut on the processor or on the device."""
    sources = [Source(source.share, pictures_to_learn(source), source.augmentation) for source in config.sources]
    target = TARGETS[lesson_named(config.loss).target]
    on_device = config.device_crops if config.device_crops is not None else torch.device(config.device).type != "cpu"
    if on_device:
        return DeviceCrops(sources, config.crop_px, config.batch, config.seed, cell_px, target, config.device)
    return Crops(sources, config.crop_px, config.batch, config.seed, cell_px, target)


class Diary:
    """Keeps time, writes checkpoints, measures on the validation sets now and then, and says how far the run is."""

    def __init__(self, folder: Path, config: TrainingConfig, run: Run, clock: Callable[[], float]) -> None:
        self._folder, self._config, self._run, self._clock = folder, config, run, clock
        self._before_s, self._began_s = run.elapsed_s, clock()
        self._due_s = {"log": config.log_seconds, "save": config.checkpoint_minutes * 60}
        self._due_s["validate"] = config.validate_minutes * 60
        self._next_s = {what: self._elapsed_s() + every for what, every in self._due_s.items()}
        self._losses: list[torch.Tensor] = []
        self._board = tensorboard(folder) if config.tensorboard else None
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
            self._validate()
        if self._is_due("save"):
            save(self._run, self._config, self._folder / "last.pt")

    def close(self) -> None:
        """Measure, write the last checkpoint, and draw how it went."""
        self._run.elapsed_s = self._elapsed_s()
        self._validate()
        save(self._run, self._config, self._folder / "last.pt")
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

    def _say(self) -> None:
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
            save(self._run, self._config, self._folder / "best.pt")

    def _write(self, line: dict[str, object]) -> None:
        if self._board is not None:
            for name in ("loss", "crops_per_s", "score"):
                if name in line:
                    self._board.add_scalar(name, line[name], self._run.step)
        with (self._folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


def tensorboard(folder: Path) -> Any:
    """A writer of scalars; raises SiteError where TensorBoard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise SiteError("tensorboard: true needs it installed: pip install 'crushwatch[tensorboard]'") from None
    return SummaryWriter(str(folder))


def validated(network: DensityNetwork, config: TrainingConfig) -> dict[str, dict[str, float]]:
    """MAE, RMSE and bias of each validation set."""
    found = {}
    torch.backends.cudnn.benchmark = False  # every picture has another shape
    for part in config.validation:
        result = scores(evaluate(counting(network, config.bfloat16), pictures_of(part), network.cell_px))
        found[part.name] = {"mae": result.mae, "rmse": result.rmse, "bias": result.bias}
    torch.backends.cudnn.benchmark = True
    return found


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
