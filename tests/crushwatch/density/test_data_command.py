"""`crushwatch data` as a group: what it says of itself."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from crushwatch.density import datasets
from crushwatch.density.commands.data import NAMES, data
from crushwatch.errors import SiteError


@pytest.mark.parametrize("words", [[], ["prepare"], ["stats"], ["show"]], ids=["group", "prepare", "stats", "show"])
def test_help_shows_an_example(words: list[str]) -> None:
    assert "Example: crushwatch data" in CliRunner().invoke(data, [*words, "--help"]).output


def test_a_picture_beyond_the_last_is_refused_and_how_many_there_are_is_said(tmp_path: Path) -> None:
    (tmp_path / "heads.json").write_text('{"a.png": [], "b.png": []}')
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((48, 64, 3), np.uint8))
    words = ["show", "heads-json", "--root", str(tmp_path), "--split", "test", "--out", str(tmp_path / "shown.png")]
    with pytest.raises(SiteError, match=r"--index 2: there are 2 pictures, counted from 0"):
        CliRunner().invoke(data, [*words, "--index", "2"], catch_exceptions=False)
    assert not (tmp_path / "shown.png").exists()
    assert CliRunner().invoke(data, [*words, "--index", "1"], catch_exceptions=False).exit_code == 0
    assert (tmp_path / "shown.png").exists()


def test_the_names_that_help_gives_are_readers() -> None:
    assert set(re.findall(r"[\w-]+", NAMES)) <= set(datasets.READERS)
