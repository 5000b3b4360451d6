"""The commands, as a person types them, on tiny data."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from crushwatch.density import datasets, evaluation
from crushwatch.density.checkpoint import save
from crushwatch.density.commands.data import data
from crushwatch.density.commands.evaluate import evaluate
from crushwatch.density.commands.export import export
from crushwatch.density.commands.train import shown_progress, train
from crushwatch.density.datasets.prepared import PreparedImage, read
from crushwatch.density.export import export_onnx
from crushwatch.density.networks import DensityNetwork, build
from crushwatch.density.recipe import TrainingConfig
from crushwatch.density.start import started
from crushwatch.errors import EngineError, SiteError
from crushwatch.models import find_model

app = typer.Typer()
app.command()(evaluate)
app.command()(train)
app.command()(export)
app.add_typer(data, name="data")


def typed(*words: object) -> str:
    """What the command prints; its error, if it has one, is raised."""
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    export_onnx(build("compact", width=32), tmp_path / "tiny.onnx", "compact", {"width": 32})
    return tmp_path / "tiny.onnx"


def test_evaluate_prints_one_json_object(shanghaitech: Path, model: Path) -> None:
    found = json.loads(
        typed("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "all-train", "--model", model, "--json")
    )
    assert found["n"] == 8
    assert {"mae", "rmse", "nae", "bias", "r2", "game_3", "bands"} <= found.keys()
    assert found["rmse"] >= found["mae"] > 0


def test_evaluate_finds_heads_in_slices_and_writes_a_report(shanghaitech: Path, model: Path, tmp_path: Path) -> None:
    words = ("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "train", "--model", model, "--every", 3)
    page = tmp_path / "new folder" / "report.html"
    found = json.loads(typed(*words, "--localise", "--slice", 64, "--radius", 12, "--report", page, "--json"))
    assert {"precision", "recall", "f1"} <= found["localisation"].keys()
    assert page.read_text().count("<figure>") == 6


def test_heads_are_found_in_the_map_that_is_counted(
    shanghaitech: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[tuple[int, ...]] = []
    plain = evaluation.counting

    def noted(network: DensityNetwork, bfloat16: bool = False) -> evaluation.Count:
        count = plain(network, bfloat16)
        return lambda picture: (passes.append(picture.shape), count(picture))[1]

    monkeypatch.setattr(evaluation, "counting", noted)
    words = ("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "all-train", "--model", model)
    typed(*words, "--localise")
    assert len(passes) == 8


def test_evaluate_in_words_names_the_errors(shanghaitech: Path, model: Path) -> None:
    said = typed("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "validation", "--model", model)
    assert "1 pictures" in said
    assert "MAE" in said
    assert "GAME(0..3)" in said


def test_segmentation_has_a_table_of_both_classes(shanghaitech: Path, tmp_path: Path) -> None:
    export_onnx(build("unet-segmentation", filters=4), tmp_path / "s.onnx", "unet-segmentation", {"filters": 4})
    words = ("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "train", "--model", tmp_path / "s.onnx")
    said = json.loads(typed(*words, "--segment", "--every", 4, "--json"))
    assert said.keys() == {"dataset", "split", "model", "n", "segmentation"}, "no errors of counts: it counts nobody"
    found = said["segmentation"]
    assert found["human"]["support"] > 0
    assert found["background"]["support"] + found["human"]["support"] == 2 * 96 * 128


def test_heads_and_pixels_come_as_a_table_of_words(shanghaitech: Path, model: Path, tmp_path: Path) -> None:
    words = ("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "train", "--every", 4, "--model")
    heads = typed(*words, model, "--localise")
    assert "heads within 16 px:" in heads
    assert "GAME" in heads
    pixels = typed(*words, checkpoint_of("unet-segmentation", tmp_path, filters=4), "--segment")
    assert [line.split()[0] for line in pixels.splitlines()[1:6]] == [
        "pixels",
        "background",
        "human",
        "macro",
        "weighted",
    ]
    assert "MAE" not in pixels
    assert "{" not in heads + pixels


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--slice", 50), "--slice: a multiple of 32"),
        (("--resize", 33), "--resize: a multiple of 32"),
        (("--segment",), "only unet-segmentation"),
        (("--device", "cuda:7"), "device: cuda:7 is not here"),
    ],
)
def test_what_evaluate_cannot_do_is_refused(
    shanghaitech: Path, model: Path, asked: tuple[object, ...], said: str
) -> None:
    with pytest.raises(SiteError, match=said):
        typed("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "train", "--model", model, *asked)


def test_a_model_that_tells_pixels_is_not_evaluated_as_one_that_counts(shanghaitech: Path, tmp_path: Path) -> None:
    path = checkpoint_of("unet-segmentation", tmp_path, filters=4)
    with pytest.raises(SiteError, match="does not count people"):
        typed("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "train", "--model", path)


def test_train_then_export_gives_a_model_with_a_card(shanghaitech: Path, tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(
        f"options: {{width: 16}}\nbatch: 2\ncrop_px: 64\nfreeze: 0\nsources:\n"
        f"  - {{reader: shanghaitech-a, root: {shanghaitech}, share: 1}}\n"
    )
    said = typed("train", config, "--out", tmp_path / "run", "--steps", 2, "--threads", 1)
    assert "2 steps" in said
    assert "best.pt" not in said
    out, pictures = tmp_path / "models" / "mine.onnx", shanghaitech / "part_A/train_data/images"
    typed("export", tmp_path / "run/last.pt", out, "--pictures", pictures)
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["name"] == "mine"
    assert len(card["sha256"]) == 64
    assert out.with_suffix(".md").read_text().startswith("# mine")
    assert card["trained_on"] == ["shanghaitech-a (train): 100% of the crops"]
    assert {"loss": "block-poisson", "batch": 2, "steps": 2}.items() <= card["recipe"].items()
    assert card["commit"]
    assert find_model(str(out)).card.recipe["crop_px"] == 64
    page = out.with_suffix(".md").read_text()
    assert "- loss: block-poisson" in page
    assert f"- commit: {card['commit']}" in page


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_training_shows_a_bar_on_a_terminal_with_log_lines_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    handler, root = logging.StreamHandler(terminal), logging.getLogger()
    monkeypatch.setattr(root, "handlers", [handler])
    log = logging.getLogger("crushwatch.density.training")
    monkeypatch.setattr(log, "level", logging.INFO)
    with shown_progress() as on_step:
        assert on_step is not None
        on_step(0.5, 3.0)
        log.info("validation")
        log.getChild("steps").info("step 4")
        on_step(0.75, 1.5)
    said = terminal.getvalue()
    assert "50%  3.0 min left" in said
    assert "\r\x1b[Kvalidation\n" in said
    assert "75%  1.5 min left" in said
    assert "step 4" not in said
    assert not handler.filters


def test_training_draws_no_bar_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with shown_progress() as on_step:
        assert on_step is None


def checkpoint_of(network: str, folder: Path, **options: object) -> Path:
    """A checkpoint of a network as it is before it has learnt anything."""
    torch.manual_seed(1)
    config = TrainingConfig(network=network, options=options, freeze=0)
    save(started(config), config, folder / "untrained.pt")
    return folder / "untrained.pt"


def test_a_network_that_tells_pixels_is_not_exported_as_one_that_counts(shanghaitech: Path, tmp_path: Path) -> None:
    path = checkpoint_of("unet-segmentation", tmp_path, filters=4)
    with pytest.raises(EngineError, match="unet-segmentation does not count"):
        typed("export", path, tmp_path / "s.onnx", "--pictures", shanghaitech)
    assert not (tmp_path / "s.onnx").exists()


def test_weights_that_fp16_rounds_too_far_are_written_as_fp32(shanghaitech: Path, tmp_path: Path) -> None:
    """Numbers beyond FP16's largest, 65504: nothing is left of the counts."""
    state = torch.load(path := checkpoint_of("csrnet", tmp_path, slim=8), weights_only=True)
    large = max(state["average"], key=lambda name: state["average"][name].numel())
    state["average"][large] *= 1e7
    state["average"]["output.weight"] *= 1e-7
    torch.save(state, path)
    assert "FP32 weights" in typed("export", path, tmp_path / "m.onnx", "--pictures", shanghaitech)
    assert json.loads((tmp_path / "m.json").read_text())["weights"] == "FP32"


def test_an_export_that_is_refused_leaves_the_file_that_was_there(
    shanghaitech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.onnx").write_bytes(b"the one before")
    monkeypatch.setattr("crushwatch.density.commands.export.COUNT_TOLERANCE", -1.0)
    with pytest.raises(EngineError, match="not written"):
        typed("export", checkpoint_of("unet", tmp_path, filters=4), tmp_path / "m.onnx", "--pictures", shanghaitech)
    assert sorted(path.name for path in tmp_path.glob("m.*")) == ["m.onnx"]
    assert (tmp_path / "m.onnx").read_bytes() == b"the one before"


def test_what_is_no_checkpoint_is_named(shanghaitech: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.pt").write_text("notes")
    for name, said in (("none.pt", "no such checkpoint"), ("notes.pt", "is no checkpoint")):
        with pytest.raises(EngineError, match=said):
            typed("export", tmp_path / name, tmp_path / "m.onnx", "--pictures", shanghaitech)


def test_prepare_keeps_pictures_points_and_a_target_that_sums_to_the_count(shanghaitech: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.h5"
    said = typed("data", "prepare", "shanghaitech-a", "--root", shanghaitech, "--split", "all-train", "--out", out)
    assert "8 pictures, 52 people" in said
    originals = {
        image.name.replace("/", "_"): image for image in datasets.read("shanghaitech-a", shanghaitech, "all-train")
    }
    for image in read(out, "train"):
        assert isinstance(image, PreparedImage)
        np.testing.assert_array_equal(image.rgb(), originals[image.name].rgb())
        assert image.target().shape == (12, 16)
        assert image.target().sum() == pytest.approx(image.count, abs=1e-3)


def test_prepare_cuts_nine_patches_and_their_mirrors(shanghaitech: Path, tmp_path: Path) -> None:
    words = ("data", "prepare", "shanghaitech-a", "--root", shanghaitech, "--split", "validation", "--nine-patches")
    typed(*words, "--out", tmp_path / "p.h5")
    assert len(read(tmp_path / "p.h5", "train")) == 18


def test_stats_counts_people_and_sizes(shanghaitech: Path) -> None:
    said = typed("data", "stats", "shanghaitech-a", "--root", shanghaitech, "--split", "all-train")
    assert "8 pictures, 52 people" in said
    assert "128x96: 8" in said


def test_show_draws_a_picture(shanghaitech: Path, tmp_path: Path) -> None:
    typed("data", "show", "shanghaitech-a", "--root", shanghaitech, "--out", tmp_path / "shown.png")
    assert (tmp_path / "shown.png").stat().st_size > 1000


def test_a_model_that_is_not_there_is_named(shanghaitech: Path) -> None:
    with pytest.raises(EngineError, match="no model 'nothing'"):
        typed("evaluate", "shanghaitech-a", "--root", shanghaitech, "--split", "train", "--model", "nothing")


def test_the_commands_load_no_torch_until_they_are_used() -> None:
    names = ("evaluate", "train", "export", "data")
    code = "; ".join(f"import crushwatch.density.commands.{name}" for name in names)
    code += "; import sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
