"""The card beside a model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from crushwatch.density.card import write_card


def test_a_card_says_the_same_to_programs_and_to_people(tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(b"weights")
    figure = {"data": "part B", "pictures": 40, "mae": 9.4, "rmse": 15.0, "bias": -0.5, "note": "native"}
    card = {"name": "m", "network": "compact", "summary": "Counts.", "figures": [figure], "limits": ["near people"]}
    write_card(model, card)
    stored, page = json.loads((tmp_path / "m.json").read_text()), (tmp_path / "m.md").read_text()
    assert stored["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert "| part B | 40 | 9.40 | 15.00 | -0.50 | native |" in page
    assert "- near people" in page
    assert stored["sha256"] in page
