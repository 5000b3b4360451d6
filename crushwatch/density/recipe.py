"""What decides a run beside the code and the data, as a YAML says it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from crushwatch.density import datasets
from crushwatch.density.augment import Augmentation
from crushwatch.density.patches import patches_of
from crushwatch.density.ranges import BelowOne, NotNegative, OneOrMore, Positive, Seed, Share, ZeroOrMore
from crushwatch.errors import SiteError

LARGEST_BLOCK_PX = 64
LENGTHS = ("minutes", "steps")
"""The two ways to say how long a run is."""
STRICT_KEYS = ConfigDict(extra="forbid")
"""A field that a configuration does not have is a fault, not something to pass over."""


@dataclass(frozen=True)
class SourceConfig:
    """One data set in the mixture. reader "nobody" draws frames without people and needs no root."""

    __pydantic_config__: ClassVar = STRICT_KEYS
    reader: str
    share: NotNegative
    root: str = ""
    split: str = "train"
    every: OneOrMore = 1
    """Take every n-th picture (frames of a video are alike)."""
    resize_px: ZeroOrMore = 0
    """Squash pictures to squares of so many pixels, as some networks were published; 0: as they are."""
    nine_patches: bool = False
    """Cut crops out of CSRNet's nine patches of each picture (its quarters and five windows as large, the same in every
    round), not out of the whole; their mirror images come by `mirror`."""
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True)
class ValidationConfig:
    """One set to be measured on while training; the score is a mean of errors, each by its `goal`."""

    __pydantic_config__: ClassVar = STRICT_KEYS
    name: str
    reader: str
    root: str
    split: str = "validation"
    every: OneOrMore = 1
    resize_px: ZeroOrMore = 0
    goal: Positive = 1.0
    """The MAE that would satisfy us; errors are divided by it so that sets of other sizes weigh alike."""


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides what a run gives, beside the code and the data."""

    __pydantic_config__: ClassVar = STRICT_KEYS
    network: str = "compact"
    options: dict[str, Any] = field(default_factory=dict)
    init: str | None = None
    """Start from a shipped model, an .onnx file, a checkpoint's averaged weights (.pt; of another network's checkpoint
    the front end), or `imagenet` (VGG fronts)."""
    loss: str = "block-poisson"
    teacher: str | None = None
    """A shipped model, .onnx or .pt file, from whose density (or, with loss `features`, features) to learn as well."""
    teacher_share: Share = 0.5
    """How much of the loss is the teacher's; the marked heads have the rest."""
    sources: tuple[SourceConfig, ...] = ()
    validation: tuple[ValidationConfig, ...] = ()
    minutes: Positive | None = None
    """The schedule's length by the clock; or by `steps`."""
    steps: OneOrMore | None = None
    batch: OneOrMore = 10
    crop_px: OneOrMore = 320
    rate_front: NotNegative = 1e-4
    """Learning rate of the front end, which starts with features learnt on other pictures."""
    rate: Positive = 4e-4
    freeze: ZeroOrMore | None = None
    """The first so many stages of the front end stay as they are: edges and colours need no teaching. None: 4 where
    `init` gives weights, else 0, for random weights do."""
    warm_up_steps: ZeroOrMore = 300
    optimiser: str = "adamw"
    """adamw, or sgd with a momentum of 0.95 (CSRNet's)."""
    weight_decay: NotNegative = 1e-4
    clip: Positive = 5.0
    """The gradient's largest norm: one mislabelled picture must not undo an hour."""
    average: BelowOne = 0.999
    """Decay of the averaged weights (EMA), which are those that are evaluated and exported."""
    seed: Seed = 1
    threads: OneOrMore = 2
    device: str = "cpu"
    device_crops: bool | None = None
    """Keep the pictures decoded on the device and cut there; None: wherever the device is no processor."""
    planning_threads: OneOrMore = 1
    """Threads that cut (or, with crops on the device, plan) batches ahead."""
    memory_gib: NotNegative = 4.0
    """Decoded pictures are kept in so much memory (not those on a device); there is room for about 1,700 of 1024x768.
    Those that find none are decoded anew for every crop, which is slower and counts the same."""
    compiled: bool = False
    """torch.compile the loss; where that is not possible the run says so and goes on without."""
    bfloat16: bool | None = None
    """Mixed precision. None: on GPUs and on processors that compute in it (AVX-512 BF16, AMX); on others it is slower
    than FP32, 1.6 times where there is AVX-512, ten times where there is AVX2."""
    checkpoint_minutes: NotNegative = 4.0
    validate_minutes: NotNegative = 10.0
    log_seconds: NotNegative = 20.0
    tensorboard: bool = False
    """Also write scalars for TensorBoard into the run's folder (pip install 'crushwatch[tensorboard]')."""

    def __post_init__(self) -> None:
        if self.crop_px % LARGEST_BLOCK_PX:
            raise SiteError(f"crop_px: {self.crop_px} is no multiple of {LARGEST_BLOCK_PX}, the loss's largest block")
        if len({part.name for part in self.validation}) < len(self.validation):
            raise SiteError("validation: two sets have one name")

    @property
    def frozen_stages(self) -> int:
        """How many stages of the front end stay as they are."""
        return self.freeze if self.freeze is not None else 0 if self.init is None else 4


def load_config(path: Path, options: Mapping[str, object] | None = None) -> TrainingConfig:
    """A configuration from YAML; raises SiteError naming every field that is wrong.

    options: fields given otherwise, which take the place of the file's; a length of one kind that of the other.
    """
    try:
        data = yaml.safe_load(path.read_text())
    except OSError as fault:
        raise SiteError(
            f"{path}: {fault.strerror}; recipes lie in bench/networks and beside the shipped models"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise SiteError(f"{path}: not YAML: {fault}") from None
    if isinstance(data, dict):
        if set(LENGTHS) <= data.keys():
            raise SiteError(f"{path}: a run has one length: minutes or steps, not both")
        data = overridden(data, options or {})
    try:
        return as_config(data)
    except ValidationError as fault:
        raise SiteError("\n".join(f"{path}: {said(error)}" for error in fault.errors())) from None


def overridden(data: Mapping[str, object], options: Mapping[str, object]) -> dict[str, object]:
    """The fields with the options in their place.

    >>> overridden({"steps": 100, "seed": 1}, {"minutes": 5})
    {'seed': 1, 'minutes': 5}
    """
    replaced = LENGTHS if any(name in options for name in LENGTHS) else ()
    return {name: value for name, value in data.items() if name not in replaced} | dict(options)


def as_config(data: object) -> TrainingConfig:
    """The configuration that nested mappings say; raises pydantic's ValidationError."""
    return TypeAdapter(TrainingConfig).validate_python(data)


def said(fault: ErrorDetails) -> str:
    """One fault in words: where, and what is wrong."""
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "unexpected_keyword_argument":
        return f"{where}: there is no such field"
    return f"{where or 'configuration'}: {fault['msg']}, not {fault['input']!r}"


def pictures_to_learn(source: SourceConfig) -> Sequence[datasets.AnnotatedImage]:
    """What crops are cut from; nothing where frames without people are drawn."""
    if source.reader == "nobody":
        return []
    return list(patches_of(pictures_of(source), mirrors=False)) if source.nine_patches else pictures_of(source)


def pictures_of(source: SourceConfig | ValidationConfig) -> Sequence[datasets.AnnotatedImage]:
    pictures = datasets.read(source.reader, expanded(source.root), source.split)[:: source.every]
    if source.resize_px:
        return [datasets.Resized.of(image, source.resize_px) for image in pictures]
    return pictures


def expanded(root: str) -> Path:
    """A folder with the environment's variables in it; raises SiteError naming one that is not set."""
    if unset := re.search(r"\$\{?(\w+)", found := os.path.expandvars(root)):
        raise SiteError(f"root {root}: the environment variable {unset[1]} is not set")
    return Path(found)
