"""Nine times in ten the truth lies in the band: on pictures of a camera that had no part in the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.check_band import check
from crushwatch.models import find_model
from crushwatch.models.band import band_beside

pytestmark = pytest.mark.science


def test_the_model_that_watches_has_the_table_of_its_own_errors() -> None:
    model = find_model("compact")
    table = band_beside(model.path, model.sha256)
    assert table is not None, "python -m bench.make_band compact --rendered runs/rendered_band"
    assert [level.people_per_block for level in table.count] == sorted({each.people_per_block for each in table.count})
    assert all(level.low <= 0 <= level.high for level in table.count[1:])
    assert all(level.pictures >= 25 for level in (*table.count, *table.peak))


def test_the_truth_of_a_shopping_centre_lies_in_the_band(data_folder: Path) -> None:
    found = check("compact", data_folder, None, every=16)["Mall 641 to 800"]
    assert found["pictures"] == 10
    assert 0.8 <= found["regions"]["coverage"] <= 1.0
    assert 0.8 <= found["peaks"]["coverage"] <= 1.0
    assert np.mean([found["regions"]["below"], found["regions"]["above"]]) < 0.5
