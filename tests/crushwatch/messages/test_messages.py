"""A running worker of last month can feed the service of today: golden samples of each kind, read for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crushwatch.messages import (
    SEVERITY,
    AlertEvent,
    CameraHealth,
    Level,
    Message,
    Preview,
    RegionReading,
    Still,
    WorkerHealth,
    decode,
    encode,
    worst,
)

SAMPLES = sorted(Path(__file__).parent.glob("*.json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_golden_sample_is_read_and_written_back_the_same(sample: Path) -> None:
    message = decode(sample.read_bytes())
    assert sample.stem.split("-")[:2] == [message.kind, str(message.version)]
    assert json.loads(encode(message)) == json.loads(sample.read_text())


def test_there_is_a_sample_of_every_kind() -> None:
    assert {path.stem for path in SAMPLES} >= {"reading-1", "alert-1", "camera-1", "worker-1", "preview-1", "still-1"}


@pytest.mark.parametrize("kind", [RegionReading, AlertEvent, CameraHealth, WorkerHealth, Preview, Still])
def test_every_field_stands_in_a_sample(kind: type[Message]) -> None:
    said = [json.loads(path.read_text()) for path in SAMPLES]
    named = {field for sample in said if sample["kind"] == kind.model_fields["kind"].default for field in sample}
    assert set(kind.model_fields) - named == set(), "a new field needs a new sample; the old ones stay as they are"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_fields_of_a_later_version_are_passed_over(sample: Path) -> None:
    later = json.loads(sample.read_text()) | {"version": 9, "sway_hz": 0.05}
    assert decode(json.dumps(later)).version == 9


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("captured_at", "2022-10-29T13:15:00"),
        ("count", -1),
        ("count", "NaN"),
        ("level", "fine"),
        ("quality", 1.5),
    ],
    ids=["time-without-zone", "negative-count", "not-a-number", "unknown-level", "quality-above-one"],
)
def test_a_reading_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    sample = json.loads((Path(__file__).parent / "reading-1.json").read_text())
    with pytest.raises(ValidationError):
        decode(json.dumps(sample | {field: value}))


def test_a_reading_of_last_month_has_no_newest_density() -> None:
    old, new = (decode((Path(__file__).parent / f"reading-1{rest}.json").read_bytes()) for rest in ("-band", "-newest"))
    assert isinstance(old, RegionReading)
    assert isinstance(new, RegionReading)
    assert (old.newest_density_per_m2, new.newest_density_per_m2) == (None, 4.97)


def test_a_hold_of_last_month_does_not_say_what_follows() -> None:
    old, new = (decode((Path(__file__).parent / f"reading-1-{name}.json").read_bytes()) for name in ("holds", "then"))
    assert isinstance(old, RegionReading)
    assert isinstance(new, RegionReading)
    assert {hold.then for hold in old.holds or ()} == {None}
    assert [hold.then for hold in new.holds or ()] == [Level.CLEAR, None, None]


def test_what_an_alert_is_about_is_its_key() -> None:
    alert = decode((Path(__file__).parent / "alert-1.json").read_bytes())
    assert isinstance(alert, AlertEvent)
    assert alert.key == "north-gate/front/levels"
    assert alert.model_copy(update={"region": None, "rule": "camera-silent"}).key == "north-gate/-/camera-silent"


@given(st.lists(st.sampled_from(list(Level))))
def test_unknown_never_hides_a_raised_level_and_never_passes_for_clear(levels: list[Level]) -> None:
    result = worst(levels)
    raised = [level for level in levels if SEVERITY[level] > 0]
    if raised:
        assert result is max(raised, key=SEVERITY.__getitem__)
    else:
        assert result is (Level.UNKNOWN if Level.UNKNOWN in levels else Level.CLEAR)


def test_a_reading_is_frozen() -> None:
    reading = decode((Path(__file__).parent / "reading-1.json").read_bytes())
    assert isinstance(reading, RegionReading)
    with pytest.raises(ValidationError):
        reading.count = 3
