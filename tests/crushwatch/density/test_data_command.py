"""`crushwatch data` as a group: what it says of itself."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from crushwatch.density import datasets
from crushwatch.density.commands.data import NAMES, data


@pytest.mark.parametrize("words", [[], ["prepare"], ["stats"], ["show"]], ids=["group", "prepare", "stats", "show"])
def test_help_shows_an_example(words: list[str]) -> None:
    assert "Example: crushwatch data" in CliRunner().invoke(data, [*words, "--help"]).output


def test_the_names_that_help_gives_are_readers() -> None:
    assert set(re.findall(r"[\w-]+", NAMES)) <= set(datasets.READERS)
