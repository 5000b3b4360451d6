"""Pictures as people have them: of every kind, damaged, badly labelled, alike in name, more than fit into memory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
import torch
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from crushwatch.density import datasets
from crushwatch.density.augment import Augmentation
from crushwatch.density.batches import Crops, Source
from crushwatch.density.commands.data import data
from crushwatch.density.datasets import DatasetError
from crushwatch.density.datasets.annotated import read_rgb
from crushwatch.density.datasets.prepared import check_room
from crushwatch.density.device_crops import DeviceCrops
from crushwatch.density.patches import patches_of

AS_IT_IS = Augmentation(as_is=1.0, mirror=0, light=0, grey=0, blur=0, noise=0, jpeg=0)
app = typer.Typer()
app.add_typer(data, name="data")


def typed(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def scene() -> Image.Image:
    pixels = np.random.default_rng(5).integers(0, 255, (12, 16, 3), np.uint8)
    return Image.fromarray(cv2.resize(pixels, (160, 120), interpolation=cv2.INTER_CUBIC))


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.png", "L"), ("a.png", "RGBA"), ("a.png", "P"), ("a.png", "1"), ("a.jpg", "CMYK"), ("a.webp", "RGB")],
)
def test_a_picture_of_any_kind_is_three_colours(scene: Image.Image, name: str, mode: str, tmp_path: Path) -> None:
    scene.convert(mode).save(tmp_path / name)
    assert read_rgb(tmp_path / name).shape == (120, 160, 3)


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "a.png")
    assert abs(int(read_rgb(tmp_path / "a.png")[0, 0, 0]) - 40_000 // 256) <= 1


def test_a_picture_is_turned_as_its_exif_says(scene: Image.Image, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    scene.save(tmp_path / "a.jpg", exif=exif)
    assert read_rgb(tmp_path / "a.jpg").shape == (160, 120, 3)


@pytest.mark.parametrize("missing_bytes", [2, 100, 1000])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_is_cut_short_is_refused_not_filled_up_with_grey(
    scene: Image.Image, missing_bytes: int, progressive: bool, tmp_path: Path
) -> None:
    scene.save(tmp_path / "whole.jpg", progressive=progressive, quality=95)
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:-missing_bytes])
    with pytest.raises(DatasetError, match=r"cut\.jpg: no picture that can be read"):
        read_rgb(tmp_path / "cut.jpg")


def test_a_picture_of_too_many_pixels_is_named(tmp_path: Path) -> None:
    Image.new("1", (40_000, 30_000)).save(tmp_path / "huge.png")
    with pytest.raises(DatasetError, match=r"huge\.png: no picture that can be read"):
        read_rgb(tmp_path / "huge.png")


def folder_of_one_colour(root: Path, level: int, heads: list[list[float]]) -> datasets.AnnotatedImage:
    """`root` with one picture, whatever the folder is called always of the same name."""
    (root / "images").mkdir(parents=True)
    cv2.imwrite(str(root / "images" / "0001.png"), np.full((64, 64, 3), level, np.uint8))
    (root / "heads.json").write_text(json.dumps({"0001.png": heads}))
    return datasets.read("heads-json", root, "all-train")[0]


@pytest.mark.parametrize("crops_of", [Crops, DeviceCrops])
def test_folders_of_one_name_keep_their_own_pictures(crops_of: type[Crops] | type[DeviceCrops], tmp_path: Path) -> None:
    bright = folder_of_one_colour(tmp_path / "monday" / "frames", 250, [])
    dark = folder_of_one_colour(tmp_path / "tuesday" / "frames", 5, [[30, 30], [40, 40]])
    sources = [Source(0.5, [image], AS_IT_IS) for image in (bright, dark)]
    options = {"device": "cpu"} if crops_of is DeviceCrops else {}
    images, targets = crops_of(sources, 64, 16, 1, **options).batch(0)  # type: ignore[arg-type]
    is_dark = images.float().mean((1, 2, 3)) < 100
    assert is_dark.any()
    assert not is_dark.all()
    assert targets.sum((1, 2)).tolist() == [2.0 if dark else 0.0 for dark in is_dark]


def test_crops_are_the_same_whether_pictures_fit_into_memory_or_not(shanghaitech: Path) -> None:
    sources = [Source(1.0, datasets.read("shanghaitech-a", shanghaitech, "all-train"), Augmentation())]
    kept, anew = (Crops(sources, 64, 4, 3, memory_gib=gib) for gib in (4.0, 0.0))
    for step in (0, 1):
        assert all(torch.equal(*pair) for pair in zip(kept.batch(step), anew.batch(step), strict=True))
    assert not anew._decoded


def own_folder(root: Path) -> Path:
    """Four pictures: one whole, one damaged, one with a head outside, one that is not there."""
    folder_of_one_colour(root, 90, [])
    for name in ("0002.png", "0003.png"):
        cv2.imwrite(str(root / "images" / name), np.full((64, 64, 3), 90, np.uint8))
    (root / "images" / "0002.png").write_bytes(b"not a picture")
    heads = {"0001.png": [[1, 2]], "0002.png": [[1, 2]], "0003.png": [[1, 2], [70, 2]], "0004.png": []}
    (root / "heads.json").write_text(json.dumps(heads))
    return root


def test_stats_list_every_picture_that_is_amiss_and_go_on(tmp_path: Path) -> None:
    said = typed("data", "stats", "heads-json", "--root", own_folder(tmp_path / "own"), "--split", "all-train")
    assert said.exit_code == 1
    assert "4 pictures, 4 people" in said.stdout
    for fault in (
        "0002.png: no picture that can be read",
        "0003.png: 1 of 2 heads outside 64x64: 70, 2",
        "0004.png: no such picture",
        "3 of 4 pictures are amiss",
    ):
        assert fault in said.stderr


def test_pictures_that_are_not_there_are_told_before_anything_begins(tmp_path: Path) -> None:
    root = own_folder(tmp_path / "own")
    with pytest.raises(DatasetError, match=r"0004\.png: no such picture; 1 of 4 are not there"):
        datasets.read("heads-json", root, "all-train")
    assert typed("data", "show", "heads-json", "--root", root, "--split", "all-train", "--out", root / "a.png").stdout


def test_what_cannot_be_prepared_leaves_the_file_before_it_and_no_other(tmp_path: Path) -> None:
    out, root = tmp_path / "own.h5", own_folder(tmp_path / "own")
    out.write_bytes(b"the one before")
    for target in ("dots", "gauss"):
        words = ("--root", root, "--split", "all-train", "--target", target, "--out", out)
        assert typed("data", "prepare", "heads-json", *words).exit_code != 0
    assert out.read_bytes() == b"the one before"
    assert {path.name for path in tmp_path.iterdir()} == {"own", "own.h5"}


def test_two_pictures_of_one_name_cannot_be_prepared(tmp_path: Path) -> None:
    root = tmp_path / "own"
    (root / "day").mkdir(parents=True)
    for name in ("day/1.png", "day_1.png"):
        cv2.imwrite(str(root / name), np.full((8, 8, 3), 90, np.uint8))
    (root / "heads.json").write_text('{"day/1.png": [], "day_1.png": []}')
    words = ("--root", root, "--split", "all-train", "--out", tmp_path / "own.h5")
    caught = typed("data", "prepare", "heads-json", *words).exception
    assert "another picture is called own_day_1.png too" in str(caught)


def test_the_patches_of_a_prepared_file_are_counted(shanghaitech: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.h5"
    said = typed("data", "prepare", "shanghaitech-a", "--root", shanghaitech, "--nine-patches", "--out", out).stdout
    with h5py.File(out) as file:
        people = sum(len(group["points"]) for group in file.values())
        assert said.startswith(f"{out}: {len(file)} patches of 7 pictures, {people} people")


def test_a_picture_too_small_for_quarters_is_named(tmp_path: Path) -> None:
    image = folder_of_one_colour(tmp_path / "own", 90, [])
    Image.new("RGB", (1, 9)).save(image.path)
    with pytest.raises(DatasetError, match=r"0001\.png: 1x9 pixels cannot be cut into quarters"):
        list(patches_of([image]))


def test_a_file_is_not_begun_where_the_disk_has_no_room(tmp_path: Path) -> None:
    check_room(tmp_path / "a.h5", 1)
    with pytest.raises(OSError, match="No space left"):
        check_room(tmp_path / "a.h5", 2**60)


def test_what_is_no_file_is_not_replaced_by_one(shanghaitech: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    said = typed("data", "prepare", "shanghaitech-a", "--root", shanghaitech, "--out", tmp_path / "pipe")
    assert "pipe: is no file" in str(said.exception)
    assert (tmp_path / "pipe").is_fifo()
