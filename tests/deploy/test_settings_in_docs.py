"""What the documents call a setting is one of the site file's."""

from __future__ import annotations

import json
import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SCHEMA = json.loads((REPOSITORY / "crushwatch" / "site" / "site.schema.json").read_text())


def settings() -> set[str]:
    return {name for model in SCHEMA["$defs"].values() for name in model.get("properties", ())}


def test_the_documents_call_the_hardware_decoder_as_the_site_file_does() -> None:
    assert "hardware_decoder" in settings()
    for name in ("gpu.md", "operating.md", "observability.md"):
        text = (REPOSITORY / "docs" / name).read_text(encoding="utf-8")
        named = set(re.findall(r"`(hw\w+|hardware_\w+)(?::[^`]*)?`", text))
        assert named, name
        assert named <= settings(), name
