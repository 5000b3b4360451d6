"""A run is stopped in every way, goes on exactly, and says why where it cannot."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from crushwatch.density.augment import Augmentation
from crushwatch.density.checkpoint import checkpoint, origin_of, save
from crushwatch.density.recipe import SourceConfig, TrainingConfig, ValidationConfig, load_config
from crushwatch.density.start import in_bfloat16, started
from crushwatch.density.training import train
from crushwatch.errors import EngineError, ModelError, SiteError

MILD = Augmentation(scale_low=0.9, scale_high=1.1, light=0, grey=0, blur=0, noise=0, jpeg=0)


@pytest.fixture
def config(shanghaitech: Path) -> TrainingConfig:
    return TrainingConfig(
        network="unet",
        options={"filters": 4},
        sources=(SourceConfig("shanghaitech-a", 1.0, str(shanghaitech), augmentation=MILD),),
        steps=6,
        batch=2,
        crop_px=64,
        warm_up_steps=2,
        average=0.9,
        threads=1,
        bfloat16=False,
        log_seconds=0.0,
    )


def after(steps: int) -> Callable[[], bool]:
    """Asks to stop when it has been asked so many times and one."""
    asked = iter([False] * steps)
    return lambda: next(asked, True)


def steps_in(folder: Path) -> list[int]:
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [line["step"] for line in map(json.loads, lines) if "loss" in line]


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    return all(torch.equal(*pair) for pair in zip(one.parameters(), other.parameters(), strict=True))


def test_a_run_that_is_asked_to_stop_keeps_its_step_and_goes_on_exactly(config: TrainingConfig, tmp_path: Path) -> None:
    unbroken = train(config, tmp_path / "unbroken")
    stopped = train(config, tmp_path / "parts", stop=after(3))
    assert stopped.step == 3
    assert checkpoint(tmp_path / "parts" / "last.pt")["step"] == 3
    assert same_weights(train(config, tmp_path / "parts").network, unbroken.network)


def test_a_run_with_dropout_goes_on_exactly(config: TrainingConfig, tmp_path: Path) -> None:
    dropping = dataclasses.replace(config, network="compact", options={"width": 16, "dropout": 0.3})
    unbroken = train(dropping, tmp_path / "unbroken")
    train(dropping, tmp_path / "parts", stop=after(3))
    assert same_weights(train(dropping, tmp_path / "parts").network, unbroken.network)


def test_what_a_killed_run_logged_after_its_checkpoint_is_taken_out(config: TrainingConfig, tmp_path: Path) -> None:
    train(config, tmp_path, stop=after(3))
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"step": 4, "elapsed_s": 9, "loss": 1.0, "crops_per_s": 1}\n{"step": 5, "elap')
    train(config, tmp_path)
    assert steps_in(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_a_short_run_logs_its_loss_though_no_line_was_due(config: TrainingConfig, tmp_path: Path) -> None:
    train(dataclasses.replace(config, log_seconds=1e6), tmp_path)
    assert steps_in(tmp_path) == [6]


def test_the_best_weights_outlive_a_crash_that_the_last_checkpoint_does_not_know_of(
    config: TrainingConfig, shanghaitech: Path, tmp_path: Path
) -> None:
    measured = dataclasses.replace(config, validation=(ValidationConfig("a", "shanghaitech-a", str(shanghaitech)),))
    run = train(measured, tmp_path, stop=after(3))
    run.best, run.step = 1e-9, 5
    save(run, measured, tmp_path / "best.pt")
    train(measured, tmp_path)
    assert checkpoint(tmp_path / "best.pt")["step"] == 5


def test_a_measurement_begins_after_a_checkpoint(
    config: TrainingConfig, shanghaitech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []

    def interrupted(*_: object) -> None:
        kept.append(checkpoint(tmp_path / "last.pt")["step"])
        raise KeyboardInterrupt

    monkeypatch.setattr("crushwatch.density.diary.validated", interrupted)
    part = ValidationConfig("a", "shanghaitech-a", str(shanghaitech))
    with pytest.raises(KeyboardInterrupt):
        train(dataclasses.replace(config, validation=(part,), validate_minutes=0.0), tmp_path)
    assert kept == [1]


def test_a_loss_that_is_no_number_ends_the_run_and_leaves_the_checkpoint(
    config: TrainingConfig, tmp_path: Path
) -> None:
    train(config, tmp_path, stop=after(3))
    wild = dataclasses.replace(config, steps=60, optimiser="adamw", rate=1e30, warm_up_steps=0)
    with pytest.raises(EngineError, match=r"no numbers any more.*goes on from the last checkpoint"):
        train(wild, tmp_path)
    assert checkpoint(tmp_path / "last.pt")["step"] == 3
    assert all(value.isfinite().all() for value in checkpoint(tmp_path / "last.pt")["average"].values())
    assert "NaN" not in (tmp_path / "log.jsonl").read_text()


def test_a_run_that_goes_on_takes_the_rate_of_the_recipe(config: TrainingConfig, tmp_path: Path) -> None:
    train(config, tmp_path, stop=after(3))
    slower = train(dataclasses.replace(config, rate=1e-6, weight_decay=0.5), tmp_path)
    assert {(group["rate"], group["weight_decay"]) for group in slower.optimiser.param_groups} == {(1e-6, 0.5)}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"options": {"filters": 8}}, "options: {'filters': 4}, not {'filters': 8}"),
        ({"network": "mcnn", "options": {}}, "network: unet, not mcnn"),
        ({"optimiser": "sgd"}, "optimiser: adamw, not sgd"),
    ],
)
def test_a_folder_of_another_run_is_refused(
    config: TrainingConfig, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    train(config, tmp_path, stop=after(1))
    with pytest.raises(SiteError, match="give another folder") as caught:
        train(dataclasses.replace(config, **changes), tmp_path)
    assert said in str(caught.value)


def test_another_number_of_frozen_stages_is_refused(config: TrainingConfig, tmp_path: Path) -> None:
    compact = dataclasses.replace(config, network="compact", options={"width": 16}, freeze=2, steps=1)
    train(compact, tmp_path)
    with pytest.raises(SiteError, match="froze 2 stages, not 3"):
        train(dataclasses.replace(compact, freeze=3, steps=2), tmp_path)


@pytest.mark.parametrize("content", [b"", b"half a checkpoint", b"PK\x03\x04 cut"])
def test_a_damaged_checkpoint_is_named(config: TrainingConfig, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "last.pt").write_bytes(content)
    with pytest.raises(ModelError, match=r"last\.pt is no checkpoint"):
        train(config, tmp_path)


def test_the_recipe_of_another_version_in_a_checkpoint_is_told(config: TrainingConfig, tmp_path: Path) -> None:
    run = started(config)
    save(run, config, tmp_path / "last.pt")
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    torch.save(state | {"config": state["config"] | {"magic": 3}}, tmp_path / "last.pt")
    with pytest.raises(ModelError, match="of another version: magic: there is no such field"):
        origin_of(tmp_path / "last.pt")


def test_a_full_disk_is_told_and_leaves_the_checkpoint(config: TrainingConfig, tmp_path: Path) -> None:
    train(config, tmp_path, stop=after(1))
    (tmp_path / "last.part.pt").symlink_to("/dev/full")
    with pytest.raises(EngineError, match=r"last\.pt: step 6 could not be written"):
        train(config, tmp_path)
    assert checkpoint(tmp_path / "last.pt")["step"] == 1


def test_every_checkpoint_has_an_average_whose_normalisation_is_its_own(config: TrainingConfig, tmp_path: Path) -> None:
    normalised = dataclasses.replace(config, options={"filters": 4, "batch_norm": True})
    for folder, stop in (("whole", after(9)), ("stopped", after(3))):
        train(normalised, tmp_path / folder, stop=stop)
        state = checkpoint(tmp_path / folder / "last.pt")
        average, network = (
            {n: v for n, v in state[kind].items() if "running_" in n} for kind in ("average", "network")
        )
        assert all(not torch.equal(average[name], network[name]) for name in average)


def test_a_front_end_that_learns_features_is_kept_too(config: TrainingConfig, tmp_path: Path) -> None:
    front: dict[str, Any] = {"network": "vgg-pupil", "options": {"slim": 32}, "loss": "features", "teacher": "compact"}
    train(dataclasses.replace(config, steps=1, **front), tmp_path)
    assert checkpoint(tmp_path / "last.pt")["step"] == 1


def test_bfloat16_is_computed_in_where_the_recipe_says_or_where_the_processor_can(
    config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not in_bfloat16(config)
    open_ = dataclasses.replace(config, bfloat16=None)
    for flags, fast in (({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx512_f": True}, False)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda flags=flags: flags, raising=False)
        assert in_bfloat16(open_) is fast
        assert in_bfloat16(dataclasses.replace(open_, bfloat16=not fast)) is not fast
    assert in_bfloat16(dataclasses.replace(open_, device="cuda"))


def test_stages_are_frozen_only_where_their_weights_were_given(config: TrainingConfig) -> None:
    compact = dataclasses.replace(config, network="compact", options={"width": 16})
    assert all(parameter.requires_grad for parameter in started(compact).network.parameters())
    given = dataclasses.replace(config, network="compact", options={"dropout": 0.1}, init="compact")
    assert not any(p.requires_grad for stage in started(given).network.front_end()[:4] for p in stage.parameters())


def test_a_run_without_a_source_is_refused(config: TrainingConfig, tmp_path: Path) -> None:
    for sources in ((), (dataclasses.replace(config.sources[0], share=0.0),)):
        with pytest.raises(SiteError, match="sources: a run needs at least one"):
            train(dataclasses.replace(config, sources=sources), tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "batch: 0",
        "crop_px: 0",
        "crop_px: -64",
        "threads: 0",
        "planning_threads: 0",
        "average: 2",
        "steps: 0",
        "minutes: -1",
        "rate: 0",
        "seed: -1",
        "sources: [{reader: nobody, share: -1}]",
        "sources: [{reader: nobody, share: 1, every: 0}]",
        "sources: [{reader: nobody, share: 1, augmentation: {grey: 2}}]",
        "sources: [{reader: nobody, share: 1, augmentation: {scale_low: 0}}]",
        "validation: [{name: a, reader: mall, root: b, goal: 0}]",
    ],
)
def test_a_number_out_of_its_range_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(f"{line}\n")
    with pytest.raises(SiteError, match=r"c\.yaml: \S+: Input should be greater|c\.yaml: \S+: Input should be less"):
        load_config(tmp_path / "c.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("minutes: 2\nsteps: 3\n", "minutes or steps, not both"),
        ("sources: [{reader: nobody, share: 1, augmentation: {scale_low: 3}}]", "scale_high 2 is below scale_low 3"),
        ("validation: [{name: a, reader: b, root: c}, {name: a, reader: d, root: e}]", "two sets have one name"),
        ("rate: !!binary /w==\n\xff", "not YAML"),
    ],
)
def test_what_contradicts_itself_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(SiteError, match=said):
        load_config(tmp_path / "c.yaml")


def test_a_length_that_is_typed_takes_the_place_of_the_recipes(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("steps: 100\n")
    chosen = load_config(tmp_path / "c.yaml", {"minutes": 0.5})
    assert (chosen.steps, chosen.minutes) == (None, 0.5)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"network": "unet", "options": {}}, "holds a compact, from which unet cannot start"),
     ({"network": "compact", "options": {"batch_norm": True}}, "batch normalisation folded in")],
)  # fmt: skip
def test_weights_that_do_not_fit_are_refused(config: TrainingConfig, options: dict[str, Any], said: str) -> None:
    with pytest.raises(SiteError, match=said):
        started(dataclasses.replace(config, init="compact", **options))


@pytest.mark.integration
def test_ctrl_c_keeps_the_step_and_the_same_command_goes_on(shanghaitech: Path, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "network: unet\noptions: {filters: 4}\nminutes: 10\nbatch: 2\ncrop_px: 64\nthreads: 1\nbfloat16: false\n"
        f"log_seconds: 0\nsources:\n  - {{reader: shanghaitech-a, root: {shanghaitech}, share: 1}}\n"
    )
    words = [
        str(Path(sys.executable).with_name("crushwatch")),
        "train",
        str(tmp_path / "c.yaml"),
        "--out",
        str(tmp_path / "run"),
    ]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "200"}) as process:
        log = tmp_path / "run" / "log.jsonl"
        deadline = time.monotonic() + 60
        while not (log.exists() and log.read_text().count("\n") >= 3) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    kept = checkpoint(tmp_path / "run" / "last.pt")["step"]
    assert process.returncode == 130
    assert f"stopped at step {kept}, kept in" in said
    assert kept == steps_in(tmp_path / "run")[-1] >= 3
    again = subprocess.run([*words, "--steps", str(kept + 1)], capture_output=True, text=True, timeout=60, check=True)
    assert f"resumed at step {kept}" in again.stderr
