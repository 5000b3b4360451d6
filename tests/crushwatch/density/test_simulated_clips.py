"""What `crushwatch simulate NAME --out --truth` writes, read as a data set."""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from crushwatch.density import datasets
from crushwatch.density.datasets import DatasetError, Resized
from crushwatch.density.datasets.simulated import Clip
from crushwatch.simulate.record import truth_writer, video_writer
from crushwatch.simulate.scenario import Scenario, open_scenario

FRAMES = 20
BEGIN_S = 30.0


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return open_scenario("gate", (160, 96))


@pytest.fixture(scope="module")
def clips(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """gate.mp4, gate.mkv and gate.ts of the same frames, gate.json and gate.h5."""
    folder = tmp_path_factory.mktemp("clips")
    with ExitStack() as files:
        writers = [files.enter_context(video_writer(folder / f"gate.{end}", scenario)) for end in ("mp4", "mkv", "ts")]
        writers += [files.enter_context(truth_writer(folder / f"gate.{end}", scenario)) for end in ("json", "h5")]
        for n in range(FRAMES):
            time_s = BEGIN_S + n / scenario.frame_rate_hz
            frame = scenario.frame(time_s)
            for write in writers:
                write(time_s, frame)
    return folder


def folder_of(clips: Path, root: Path, **renamed: str) -> Path:
    """A folder with some of the files under other names: json="truth.json"."""
    for end, name in renamed.items():
        (root / name).write_bytes((clips / f"gate.{end}").read_bytes())
    return root


@pytest.mark.parametrize("truth", ["json", "h5"])
def test_every_frame_is_a_picture_with_its_heads(truth: str, clips: Path, scenario: Scenario, tmp_path: Path) -> None:
    root = folder_of(clips, tmp_path, mp4="clip.mp4", **{truth: f"truth.{truth}"})
    pictures = datasets.read("simulated", root, "all-train")
    assert len(pictures) == FRAMES
    for n in (FRAMES - 1, 0, 7, 8):
        drawn = scenario.frame(BEGIN_S + n / scenario.frame_rate_hz)
        np.testing.assert_allclose(pictures[n].points_px, drawn.heads_px, atol=0.001)
        assert np.abs(pictures[n].rgb().astype(int) - drawn.image).mean() < 12


def test_frames_of_the_folder_one_is_in_or_below_are_called_by_its_name(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder_of(clips, tmp_path, mp4="clip.mp4", json="truth.json")
    monkeypatch.chdir(root)
    assert datasets.read("simulated", Path(), "test")[3].name == f"{root.name}/clip/00003"
    (root / "below").mkdir()
    monkeypatch.chdir(root / "below")
    assert datasets.read("simulated", Path(".."), "test")[3].name == f"{root.name}/clip/00003"


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_frames_are_the_same_in_any_order(container: str, clips: Path) -> None:
    in_order = Clip(clips / f"gate.{container}")
    expected = [in_order.frame(n) for n in range(FRAMES)]
    assert len({picture.tobytes() for picture in expected}) == FRAMES
    jumping = Clip(clips / f"gate.{container}")
    for n in random.Random(1).sample(range(FRAMES), FRAMES):
        np.testing.assert_array_equal(jumping.frame(n), expected[n])


def test_the_last_tenth_of_each_clip_is_for_validation(clips: Path, tmp_path: Path) -> None:
    root = folder_of(clips, tmp_path, mp4="a.mp4", json="a.json", mkv="b.mkv", h5="b.h5")
    names = [image.name.removeprefix(f"{root.name}/") for image in datasets.read("simulated", root, "validation")]
    assert names == ["a/00018", "a/00019", "b/00018", "b/00019"]
    assert len(datasets.read("simulated", root, "train")) == 36


def test_a_frame_may_be_squashed_to_a_square(clips: Path, tmp_path: Path) -> None:
    root = folder_of(clips, tmp_path, mp4="clip.mp4", json="truth.json")
    squashed = Resized.of(datasets.read("simulated", root, "test")[3], 64)
    assert squashed.rgb().shape == (64, 64, 3)


def test_clips_without_their_truth_are_named(clips: Path, tmp_path: Path) -> None:
    root = folder_of(clips, tmp_path, mp4="a.mp4", mkv="b.mkv", json="a.json")
    with pytest.raises(DatasetError, match=r"no truth of the same name for b\.mkv; expected layout"):
        datasets.read("simulated", root, "train")


def test_a_truth_of_another_size_than_its_clip_is_refused(clips: Path, tmp_path: Path) -> None:
    root = folder_of(clips, tmp_path, mp4="clip.mp4", json="truth.json")
    truth = (root / "truth.json").read_text()
    (root / "truth.json").write_text(truth.replace('"size_px":[160,96]', '"size_px":[1280,720]'))
    with pytest.raises(DatasetError, match=r"clip\.mp4: 160 x 96 pixels, but truth\.json says 1280 x 720"):
        datasets.read("simulated", root, "train")


def test_a_frame_that_only_the_truth_has_is_named_when_it_is_wanted(clips: Path) -> None:
    with pytest.raises(DatasetError, match=rf"gate\.mp4: frame {FRAMES} cannot be read; the truth has it"):
        Clip(clips / "gate.mp4").frame(FRAMES)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("clip.mp4", b"no video", r"clip\.mp4: no video that can be read"),
        ("truth.json", b'{"frames": []}', r"truth\.json: not a truth of `crushwatch simulate --truth` .*size_px"),
        ("truth.json", b"[]", r"truth\.json: not a truth of .* holds a list"),
    ],
    ids=["clip", "no-size", "list"],
)
def test_a_damaged_clip_or_truth_is_named(file: str, content: bytes, words: str, clips: Path, tmp_path: Path) -> None:
    root = folder_of(clips, tmp_path, mp4="clip.mp4", json="truth.json")
    (root / file).write_bytes(content)
    with pytest.raises(DatasetError, match=words):
        datasets.read("simulated", root, "train")


def test_a_truth_in_hdf5_that_is_another_file_is_named(clips: Path, tmp_path: Path) -> None:
    root = folder_of(clips, tmp_path, mp4="clip.mp4", json="truth.h5")
    with pytest.raises(DatasetError, match=r"truth\.h5: not a truth of `crushwatch simulate --truth`"):
        datasets.read("simulated", root, "train")
