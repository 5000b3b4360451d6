"""One training loop for every network and device; configured by a small YAML that lies beside each shipped model."""

from __future__ import annotations

import ctypes
import dataclasses
import logging
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import torch
from torch import nn

from crushwatch.density.batches import Batch, Crops, Source
from crushwatch.density.checkpoint import Run, resumed
from crushwatch.density.device_crops import DeviceCrops
from crushwatch.density.diary import Diary
from crushwatch.density.networks import DensityNetwork
from crushwatch.density.networks.pupil import Pupil
from crushwatch.density.recipe import TrainingConfig, pictures_to_learn
from crushwatch.density.start import check_device, in_bfloat16, open_weights, started
from crushwatch.density.targets import TARGETS
from crushwatch.density.teaching import Teaching, check_fit, frozen, lesson_named, teaching
from crushwatch.errors import SiteError

log = logging.getLogger("crushwatch.density.training")


OnStep = Callable[[float, float], None]
"""(share of the schedule that is done, minutes that are left)."""


def train(
    config: TrainingConfig,
    folder: Path,
    clock: Callable[[], float] = time.monotonic,
    for_minutes: float | None = None,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train until the schedule ends, from the folder's last checkpoint if it has one; the folder also gets a log.

    for_minutes: stop after so many minutes of this call, what it takes to begin counted in; the next call goes on.
    on_step: is told after every step how far the schedule is.
    stop: asked after every step whether to stop, with a checkpoint and without measuring; the next call goes on.
    """
    check_whole(config)
    check_device(config.device)
    stop_at_s = math.inf if for_minutes is None else clock() + 60.0 * for_minutes
    folder.mkdir(parents=True, exist_ok=True)
    config = dataclasses.replace(config, bfloat16=in_bfloat16(config))
    prepare_for_speed(config)
    run = resumed(started(config), config, folder)
    loss_of = Compiled.loss(teaching_of(config, run.network), config.compiled)
    crops = mixture(config, run.network.cell_px)
    diary = Diary(folder, config, run, clock, settle=lambda: settle(run.average, crops, config))
    for batch in crops.from_step(run.step, config.planning_threads):
        if (progress := diary.progress()) >= 1.0 or clock() >= stop_at_s or stop():
            break
        set_rates(run.optimiser, run.step, progress, config.warm_up_steps)
        diary.step(learn(run, batch, loss_of, config))
        if on_step is not None:
            on_step(min(1.0, diary.progress()), diary.left_min())
    diary.close(measure=not stop())
    return run


def check_whole(config: TrainingConfig) -> None:
    """Raise SiteError where the recipe lacks what a run needs."""
    if config.minutes is None and config.steps is None:
        raise SiteError("a run needs its length: give minutes or steps")
    if not any(source.share > 0 for source in config.sources):
        raise SiteError("sources: a run needs at least one with a share above 0")


def prepare_for_speed(config: TrainingConfig) -> None:
    """The process's settings."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(1)  # crops are cut beside the network: more threads would take its cores away
    keep_freed_memory()
    torch.backends.cudnn.benchmark = True  # all crops have one shape: the fastest kernel is looked for once
    torch.backends.cudnn.allow_tf32 = not config.bfloat16  # what is FP32 among BF16 is so because fewer bits miscount


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
    torch.manual_seed(config.seed * 1_000_003 + run.step)  # what dropout draws, too, is the step's: resuming is exact
    images, targets = (part.to(config.device, non_blocking=True) for part in batch)
    with torch.autocast(torch.device(config.device).type, torch.bfloat16, enabled=bool(config.bfloat16)):
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


STATISTICS_BATCHES = 16
OTHER_STEPS = 10**9
"""Crops for these are of steps that no run comes to."""


@torch.no_grad()
def settle(average: DensityNetwork, crops: Crops | DeviceCrops, config: TrainingConfig) -> None:
    """Measure on crops what batch normalisation needs to know of the averaged weights (Izmailov et al., "Averaging
    Weights Leads to Wider Optima", UAI 2018): by the network's own running statistics, which are of other weights, an
    average was seen to count twice as many. Without batch normalisation nothing is done.
    """
    layers = [layer for layer in average.modules() if isinstance(layer, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over all batches
        layer.train()
    shown = average.features if isinstance(average, Pupil) else average
    for number in range(STATISTICS_BATCHES if layers else 0):
        images = crops.batch(OTHER_STEPS + number).images.to(config.device)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=bool(config.bfloat16)):
            shown(images)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
        layer.eval()


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


def mixture(config: TrainingConfig, cell_px: int) -> Crops | DeviceCrops:
    """The crops of all sources in their shares, cut on the processor or on the device."""
    sources = [Source(source.share, pictures_to_learn(source), source.augmentation) for source in config.sources]
    target = TARGETS[lesson_named(config.loss).target]
    on_device = config.device_crops if config.device_crops is not None else torch.device(config.device).type != "cpu"
    if on_device:
        return DeviceCrops(sources, config.crop_px, config.batch, config.seed, cell_px, target, config.device)
    return Crops(sources, config.crop_px, config.batch, config.seed, cell_px, target, config.memory_gib)
