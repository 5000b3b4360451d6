"""A tiny network learns from eight tiny pictures, the same way twice, and goes on where it stopped."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from torch import nn

from crushwatch.density import datasets
from crushwatch.density.augment import Augmentation
from crushwatch.density.checkpoint import commit
from crushwatch.density.datasets.prepared import write
from crushwatch.density.diary import validated
from crushwatch.density.evaluation import counting
from crushwatch.density.losses import Lesson, block_poisson
from crushwatch.density.networks import DensityNetwork, build
from crushwatch.density.patches import patches_of
from crushwatch.density.recipe import (
    SourceConfig,
    TrainingConfig,
    ValidationConfig,
    as_config,
    load_config,
    pictures_of,
    pictures_to_learn,
)
from crushwatch.density.start import started
from crushwatch.density.teaching import ByHeads, teaching
from crushwatch.density.training import OTHER_STEPS, STATISTICS_BATCHES, Compiled, mixture, prepare_for_speed, train
from crushwatch.errors import EngineError, SiteError

MILD = Augmentation(scale_low=0.9, scale_high=1.1, light=0, grey=0, blur=0, noise=0, jpeg=0)


@pytest.fixture
def config(shanghaitech: Path) -> TrainingConfig:
    return TrainingConfig(
        options={"width": 16},
        sources=(
            SourceConfig("shanghaitech-a", 0.9, str(shanghaitech), augmentation=MILD),
            SourceConfig("nobody", 0.1, augmentation=MILD),
        ),
        steps=40,
        batch=4,
        crop_px=64,
        rate=3e-3,
        rate_front=1e-3,
        freeze=0,
        warm_up_steps=5,
        average=0.9,
        threads=1,
        bfloat16=False,
        log_seconds=0.0,
    )


def losses_of(folder: Path) -> list[float]:
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


def test_training_reduces_the_loss_and_gives_the_same_twice(config: TrainingConfig, tmp_path: Path) -> None:
    fresh = loss_on_other_crops(started(config).network, config)
    first, second = (train(config, tmp_path / name) for name in ("first", "second"))
    assert loss_on_other_crops(first.network, config) < 0.95 * fresh
    assert losses_of(tmp_path / "first") == losses_of(tmp_path / "second")
    for one, other in zip(first.average.parameters(), second.average.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def loss_on_other_crops(network: DensityNetwork, config: TrainingConfig) -> float:
    images, counts = mixture(dataclasses.replace(config, batch=32), network.cell_px).batch(10**6)
    with torch.inference_mode():
        return float(block_poisson(network(images), counts))


def test_a_run_that_resumes_ends_where_an_unbroken_one_does(config: TrainingConfig, tmp_path: Path) -> None:
    unbroken = train(dataclasses.replace(config, steps=8), tmp_path / "unbroken")
    ticks = iter(range(10**6))
    stopped = dataclasses.replace(config, steps=8, checkpoint_minutes=1 / 60)
    with pytest.raises(KeyboardInterrupt):
        train(stopped, tmp_path / "broken", clock=lambda: interrupted(next(ticks), tmp_path / "broken"))
    resumed = train(dataclasses.replace(config, steps=8), tmp_path / "broken")
    assert resumed.step == 8
    for one, other in zip(unbroken.network.parameters(), resumed.network.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_a_run_stopped_by_its_minutes_goes_on_exactly_with_crops_made_on_the_device(
    config: TrainingConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, steps=8, device_crops=True, planning_threads=2)
    unbroken = train(config, tmp_path / "unbroken")
    ticks = iter(range(10**6))
    part = train(config, tmp_path / "parts", clock=lambda: float(next(ticks)), for_minutes=0.5)
    assert 0 < part.step < 8
    whole = train(config, tmp_path / "parts")
    assert whole.step == 8
    for one, other in zip(unbroken.network.parameters(), whole.network.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_averaged_weights_are_measured_with_batch_statistics_of_their_own(
    config: TrainingConfig, shanghaitech: Path, tmp_path: Path
) -> None:
    config = dataclasses.replace(
        config,
        network="csrnet",
        options={"slim": 16, "batch_norm": True},
        steps=12,
        rate=8e-3,
        rate_front=8e-3,
        validation=(ValidationConfig("a", "shanghaitech-a", str(shanghaitech)),),
        validate_minutes=100,
    )
    average = train(config, tmp_path / "run").average
    layers = [layer for layer in average.modules() if isinstance(layer, nn.BatchNorm2d)]
    filtered: list[torch.Tensor] = []
    layers[0].register_forward_pre_hook(lambda _, given: filtered.append(given[0].detach().mean((0, 2, 3))))
    crops = mixture(config, average.cell_px)
    for number in range(STATISTICS_BATCHES):
        average(crops.batch(OTHER_STEPS + number).images)
    torch.testing.assert_close(layers[0].running_mean, torch.stack(filtered).mean(0), rtol=1e-3, atol=1e-4)
    assert not any(layer.training for layer in average.modules())
    assert all(layer.momentum == 0.1 for layer in layers)


@pytest.mark.parametrize("fewer_bits", [False, True])
def test_what_is_fp32_among_bfloat16_is_not_shortened_to_tf32(config: TrainingConfig, fewer_bits: bool) -> None:
    prepare_for_speed(dataclasses.replace(config, bfloat16=fewer_bits))
    assert torch.backends.cudnn.allow_tf32 != fewer_bits


def test_crops_made_on_the_device_teach_as_the_processors_do(config: TrainingConfig, tmp_path: Path) -> None:
    fresh = loss_on_other_crops(started(config).network, config)
    run = train(dataclasses.replace(config, device_crops=True), tmp_path / "run")
    assert loss_on_other_crops(run.network, config) < 0.95 * fresh


def test_a_run_says_after_every_step_how_far_it_is(config: TrainingConfig, tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    ticks = iter(range(10**6))
    train(
        dataclasses.replace(config, steps=4),
        tmp_path / "run",
        clock=lambda: 60.0 * next(ticks),
        on_step=lambda *said: told.append(said),
    )
    assert [share for share, _ in told] == [0.25, 0.5, 0.75, 1.0]
    assert told[0][1] > 0
    assert told[-1][1] == 0


def interrupted(tick: int, folder: Path) -> float:
    """A clock that is stopped by the person at the keyboard once there is a checkpoint."""
    if tick > 40 and (folder / "last.pt").exists():
        raise KeyboardInterrupt
    return float(tick)


def test_validation_keeps_the_best_average(config: TrainingConfig, shanghaitech: Path, tmp_path: Path) -> None:
    measured = dataclasses.replace(
        config, steps=3, validation=(ValidationConfig("a", "shanghaitech-a", str(shanghaitech)),), validate_minutes=0
    )
    run = train(measured, tmp_path / "run")
    assert (tmp_path / "run" / "best.pt").exists()
    assert run.best < float("inf")


def test_a_network_with_fine_cells_is_validated_on_its_whole_map(config: TrainingConfig, shanghaitech: Path) -> None:
    part = ValidationConfig("a", "shanghaitech-a", str(shanghaitech))
    measured = dataclasses.replace(config, validation=(part,), bfloat16=False)
    network = build("unet", filters=4)
    true = np.array([len(picture.points_px) for picture in pictures_of(part)])
    found = [float(counting(network)(picture.rgb()).sum()) for picture in pictures_of(part)]
    assert validated(network, measured)["a"]["bias"] == pytest.approx(np.mean(found - true), rel=0.2)


def test_pictures_may_be_squashed_as_networks_were_published(config: TrainingConfig, shanghaitech: Path) -> None:
    plain = ValidationConfig("a", "shanghaitech-a", str(shanghaitech))
    squashed = pictures_of(dataclasses.replace(plain, resize_px=224))
    assert {picture.rgb().shape for picture in squashed} == {(224, 224, 3)}
    assert [len(picture.points_px) for picture in squashed] == [len(p.points_px) for p in pictures_of(plain)]
    names = [
        picture.name for size in (0, 224, 96) for picture in pictures_of(dataclasses.replace(plain, resize_px=size))
    ]
    assert len(set(names)) == 3 * len(squashed), "pixels are kept by name, of each size of their own"


def test_a_run_draws_its_loss_and_its_errors(config: TrainingConfig, shanghaitech: Path, tmp_path: Path) -> None:
    part = ValidationConfig("part-a", "shanghaitech-a", str(shanghaitech))
    train(dataclasses.replace(config, steps=4, validation=(part,), validate_minutes=0), tmp_path / "run")
    drawn = ElementTree.fromstring((tmp_path / "run" / "curves.svg").read_text())
    assert len(drawn.findall(".//{*}polyline")) == 3
    assert {"loss", "RMSE, people", "MAE, people"} <= {
        text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")
    }


def test_a_wrong_field_in_the_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("network: compact\nstepz: 3\n")
    with pytest.raises(SiteError, match="stepz"):
        load_config(tmp_path / "c.yaml")


def test_every_fault_of_a_configuration_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("steps: six\nsources:\n  - {reader: nobody, augmentation: {scale_lo: 1}}\n")
    with pytest.raises(SiteError) as caught:
        load_config(tmp_path / "c.yaml")
    for part in ("steps: ", "not 'six'", "sources.0.share: ", "sources.0.augmentation.scale_lo: there is no such"):
        assert part in str(caught.value)


@pytest.mark.parametrize(("text", "said"), [(None, "No such file"), ("steps: [", "not YAML")])
def test_a_configuration_that_cannot_be_read_is_named(text: str | None, said: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(SiteError, match=f"c.yaml: {said}"):
        load_config(tmp_path / "c.yaml")


def test_an_environment_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(SiteError, match="CRUSHWATCH_NOWHERE is not set"):
        pictures_of(SourceConfig("mall", 1.0, "$CRUSHWATCH_NOWHERE/mall"))


def test_a_configuration_reads_its_mixture(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "steps: 5\nsources:\n  - {reader: nobody, share: 1.0, augmentation: {scale_high: 3.0}}\n"
    )
    config = load_config(tmp_path / "c.yaml")
    assert config.sources[0].augmentation.scale_high == 3.0
    assert config.sources[0].augmentation.scale_low == 0.5


@pytest.mark.parametrize("loss", ["l2", "zero-inflated-poisson", "bayesian"])
def test_other_losses_and_optimisers_train_too(config: TrainingConfig, tmp_path: Path, loss: str) -> None:
    run = train(dataclasses.replace(config, steps=2, loss=loss, optimiser="sgd", rate=1e-4), tmp_path / "run")
    assert all(torch.isfinite(parameter).all() for parameter in run.network.parameters())


@pytest.mark.parametrize(("wrong", "named"), [("loss", "block-poisson"), ("optimiser", "adamw")])
def test_an_unknown_choice_names_those_there_are(
    config: TrainingConfig, tmp_path: Path, wrong: str, named: str
) -> None:
    with pytest.raises(SiteError, match=named):
        train(dataclasses.replace(config, **{wrong: "magic"}), tmp_path / "run")


def test_a_run_without_a_length_is_refused(config: TrainingConfig, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="minutes or steps"):
        train(dataclasses.replace(config, steps=None), tmp_path / "run")


def test_a_crop_that_does_not_hold_the_largest_block_is_refused() -> None:
    with pytest.raises(SiteError, match="crop_px: 100 is no multiple of 64"):
        TrainingConfig(crop_px=100)


def test_imagenet_is_refused_for_a_network_without_a_vgg_front(config: TrainingConfig, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="csrnet"):
        train(dataclasses.replace(config, init="imagenet"), tmp_path / "run")


CSRNET = {"slim": 16, "batch_norm": True}


def test_a_front_end_learns_features_and_the_network_begins_with_it(config: TrainingConfig, tmp_path: Path) -> None:
    features = dataclasses.replace(
        config, network="vgg-pupil", options={"slim": 16}, loss="features", teacher="compact", steps=15
    )
    pupil = train(features, tmp_path / "features")
    said = losses_of(tmp_path / "features")
    assert said[-1] < 0.95 * said[0]
    counts = dataclasses.replace(
        config, network="csrnet", options=CSRNET, init=str(tmp_path / "features" / "last.pt"), steps=2
    )
    begun = started(counts).network
    for ours, theirs in zip(begun.front_end(), pupil.average.front_end(), strict=True):
        for name, value in theirs.state_dict().items():
            torch.testing.assert_close(ours.state_dict()[name], value, rtol=0, atol=0)
    train(counts, tmp_path / "counts")


def test_a_teachers_share_of_the_loss_is_what_was_asked_for(config: TrainingConfig, tmp_path: Path) -> None:
    teacher = train(dataclasses.replace(config, steps=2), tmp_path / "teacher").average
    network = started(dataclasses.replace(config, seed=2)).network.eval()
    images, targets = mixture(config, network.cell_px).batch(1)

    def loss(learner: DensityNetwork, share: float) -> float:
        taught = teaching("block-poisson", teacher, share, cell_px=8)
        return float(taught.loss(learner, images, targets).detach())

    by_heads = float(teaching("block-poisson", None, 0.0, cell_px=8).loss(network, images, targets).detach())
    assert loss(network, 0.0) == pytest.approx(by_heads)
    assert loss(network, 0.25) == pytest.approx(0.75 * by_heads + 0.25 * loss(network, 1.0))
    assert loss(network, 1.0) > loss(teacher, 1.0) == pytest.approx(0.0, abs=1e-4)


def test_a_network_trains_with_a_teacher(config: TrainingConfig, tmp_path: Path) -> None:
    train(dataclasses.replace(config, steps=2), tmp_path / "teacher")
    taught = dataclasses.replace(config, steps=2, teacher=str(tmp_path / "teacher" / "last.pt"))
    assert train(taught, tmp_path / "taught").step == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"loss": "features"}, "teacher: compact", id="features without a teacher"),
        pytest.param({"loss": "features", "teacher": "compact"}, "vgg-pupil", id="features to a network that counts"),
        pytest.param({"network": "mcnn", "options": {}, "teacher": "compact"}, "cells of 8", id="cells of other sizes"),
    ],
)
def test_a_teacher_that_does_not_fit_is_refused(
    config: TrainingConfig, tmp_path: Path, wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(SiteError, match=said):
        train(dataclasses.replace(config, steps=1, **wrong), tmp_path / "run")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"loss": "weighted-cross-entropy"}, "is for unet-segmentation; compact learns to count from block-poisson"),
        ({"network": "unet-segmentation", "options": {"filters": 4}}, "learns from loss weighted-cross-entropy, not"),
        ({"network": "vgg-pupil", "options": {"slim": 32}}, "go together"),
        ({"network": "count-regressor", "options": {}}, "train, evaluate and export cannot use it"),
        ({"options": {"size": 3}}, "compact has no 'size'"),
        ({"device": "cuda:99"}, "device: cuda:99 is not here"),
        ({"device": "gpu"}, "there is cpu"),
    ],
)
def test_a_recipe_whose_parts_do_not_go_together_is_refused(
    config: TrainingConfig, tmp_path: Path, wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(SiteError, match=said):
        train(dataclasses.replace(config, steps=1, **wrong), tmp_path / "run")


def test_a_front_end_of_another_size_is_refused(config: TrainingConfig, tmp_path: Path) -> None:
    pupil = dataclasses.replace(
        config, network="vgg-pupil", options={"slim": 32}, loss="features", teacher="compact", steps=1
    )
    train(pupil, tmp_path / "features")
    other = dataclasses.replace(
        config, network="csrnet", options=CSRNET, init=str(tmp_path / "features" / "last.pt"), steps=1
    )
    with pytest.raises(SiteError, match="other shapes"):
        train(other, tmp_path / "run")


def test_a_network_without_a_front_end_cannot_begin_with_anothers(config: TrainingConfig, tmp_path: Path) -> None:
    train(dataclasses.replace(config, steps=1), tmp_path / "compact")
    other = dataclasses.replace(
        config, network="unet", options={"filters": 4}, init=str(tmp_path / "compact" / "last.pt"), steps=1
    )
    with pytest.raises(SiteError, match="unet has no front end"):
        train(other, tmp_path / "run")


def test_a_pupil_counts_nobody() -> None:
    with pytest.raises(EngineError, match="start csrnet"):
        build("vgg-pupil", slim=32)(torch.zeros(1, 32, 32, 3, dtype=torch.uint8))


def test_a_loss_that_cannot_be_compiled_is_used_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    def no_compiler(*_: object) -> torch.Tensor:
        raise RuntimeError("no compiler here")

    loss = Compiled(lambda *given: given[2].sum(), compiler=lambda _: no_compiler)
    network, one = build("compact", width=16), torch.ones(1)
    assert float(loss(network, one, one)) == float(loss(network, one, one)) == 1.0
    assert caplog.text.count("no compiler here") == 1


def test_a_recipe_learns_from_nine_patches_or_from_a_prepared_file_of_them(
    config: TrainingConfig, shanghaitech: Path, tmp_path: Path
) -> None:
    pictures = datasets.read("shanghaitech-a", shanghaitech, "train")
    write(tmp_path / "patches.h5", patches_of(pictures), "dots", cell_px=8)
    for words, patches in (
        ({"reader": "shanghaitech-a", "root": str(shanghaitech), "nine_patches": True}, 9 * len(pictures)),
        ({"reader": "prepared", "root": str(tmp_path / "patches.h5")}, 18 * len(pictures)),
    ):
        given = as_config({**dataclasses.asdict(config), "steps": 2, "sources": [{"share": 1.0, **words}]})
        learnt = pictures_to_learn(given.sources[0])
        assert len({image.name for image in learnt}) == patches
        assert {image.rgb().shape for image in learnt} == {(48, 64, 3)}
        assert train(given, tmp_path / str(words["reader"])).step == 2


def test_crops_of_nine_patches_are_alike_on_processor_and_device(config: TrainingConfig, shanghaitech: Path) -> None:
    source = SourceConfig("shanghaitech-a", 1.0, str(shanghaitech), nine_patches=True, augmentation=MILD)
    here, there = (
        mixture(dataclasses.replace(config, sources=(source,), device_crops=where), 8).batch(3)
        for where in (False, True)
    )
    torch.testing.assert_close(here.targets, there.targets)
    assert (here.images.float() - there.images.float()).abs().mean() < 3.0


def test_a_loss_is_computed_in_full_precision_whatever_the_network_is_computed_in(config: TrainingConfig) -> None:
    def loss(density: torch.Tensor, targets: torch.Tensor, _cell_px: int) -> torch.Tensor:
        assert not torch.is_autocast_enabled("cpu")  # on a GPU some losses are refused in fewer bits
        seen.append(density.dtype)
        return (density - targets).square().mean()

    seen: list[torch.dtype] = []
    run = started(dataclasses.replace(config, bfloat16=True))
    by_heads = ByHeads(Lesson(loss))
    with torch.autocast("cpu", torch.bfloat16):
        by_heads.loss(run.network, torch.zeros(1, 64, 64, 3, dtype=torch.uint8), torch.zeros(1, 8, 8))
    assert seen == [torch.float32]


def test_a_checkpoint_is_written_on_a_machine_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert commit() == "unknown"
