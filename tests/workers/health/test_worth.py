"""From a fault of the camera to what its regions are shown as: nothing of low quality lowers, and it says why."""

from __future__ import annotations

from datetime import timedelta

from crushwatch.messages import RegionReading
from crushwatch.rules import CameraSight
from crushwatch.simulate import open_scenario
from crushwatch.site import Camera, Site
from support.timeline import START, moment
from workers.batch.letterbox import Letterbox
from workers.judge import Judge
from workers.measure import CameraMeter
from workers.reading import region_reading
from workers.replay.run import Notebook
from workers.replay.truth import splat

PACKED_S = 95.0
"""Of the gate's cycle: a crowd stands before it, and here three for one, far above every level."""


class Gate:
    """The gate full of people, counted without error, before a camera that may have faults."""

    def __init__(self) -> None:
        scenario = open_scenario("gate")
        camera = scenario.camera()
        self.site = Site(id="s", cameras={"gate": Camera.model_validate(camera.model_dump())})  # type: ignore[arg-type]
        self.meter = CameraMeter(self.site.cameras["gate"], self.site.rules)
        self.notebook = Notebook()
        self.judge = Judge(self.site, self.notebook, START)
        self.lattice = Letterbox.fit(scenario.size_px, (512, 288)).lattice(scenario.size_px)
        heads_px = scenario.pinhole.project(scenario.heads_m(scenario.crowd_at(PACKED_S)))
        self.packed = 3 * splat(heads_px, self.lattice)
        self.nobody = self.packed * 0

    def watch(self, start: int, end: int, *, is_packed: bool, age_s: float = 0.0, **sight: object) -> RegionReading:
        for second in range(start, end, 2):
            at = moment(second)
            seen = CameraSight(at, at, None, 120.0, **sight)  # type: ignore[arg-type]
            self.judge.camera("gate", seen, at, at.timestamp())
            (figures,) = self.meter.measure(
                self.packed if is_packed else self.nobody,
                self.lattice,
                at.timestamp(),
                picture_doubts=self.judge.picture_doubts("gate"),
                age_s=age_s,
                has_moved=self.judge.has_moved("gate"),
            )
            reading = self.judge.region(
                region_reading(
                    figures, site="s", camera="gate", captured_at=at, published_at=at + timedelta(seconds=age_s),
                    sequence=second, model="m", engine="e",
                )
            )  # fmt: skip
        return reading

    def told(self, rule: str) -> list[str]:
        return [event.change.value for event in self.notebook.events if event.rule == rule]


def test_a_camera_that_has_moved_gives_no_density_and_ends_no_alert_until_it_is_back() -> None:
    gate = Gate()
    assert gate.watch(0, 30, is_packed=True).level == "critical"
    moved = gate.watch(30, 180, is_packed=False, displaced_share=0.1)
    assert (moved.density_per_m2, moved.peak_density_per_m2, moved.instant_density_per_m2) == (None, None, None)
    assert (moved.quality, moved.level) == (0.0, "unknown")
    assert moved.quality_reasons == ("the camera has moved: no density until it is calibrated anew",)
    assert gate.told("levels")[-1] != "cleared"
    assert gate.watch(180, 190, is_packed=False, displaced_share=0.0).level == "critical"
    assert gate.watch(190, 270, is_packed=False, displaced_share=0.0).level == "clear"
    assert gate.told("levels")[-1] == "cleared"


def test_a_blurred_or_stale_picture_may_raise_a_level_but_lowers_none() -> None:
    for doubt in ({"sharpness": 0.4}, {"age_s": 8.0}):
        gate = Gate()
        assert gate.watch(0, 30, is_packed=True).level == "critical"
        held = gate.watch(30, 150, is_packed=False, **doubt)  # type: ignore[arg-type]
        assert gate.told("levels")[-1] != "cleared"
        assert held.quality <= 0.2
        assert held.quality_reasons[0].startswith(("the picture is blurred", "stale: the picture was 8 s old"))
        other = Gate()
        other.watch(0, 40, is_packed=False, **doubt)  # type: ignore[arg-type]
        other.watch(40, 60, is_packed=True, **doubt)  # type: ignore[arg-type]
        assert "raised" in other.told("levels")


def test_a_region_that_is_half_out_of_sight_says_which_share_is_seen() -> None:
    gate = Gate()
    (region,) = gate.site.cameras["gate"].regions.values()
    assert region.polygon_m is not None
    beside = tuple((x + 7.5, y) for x, y in region.polygon_m)
    camera = gate.site.cameras["gate"].model_copy(
        update={"regions": {"before-gate": region.model_copy(update={"polygon_m": beside})}}
    )
    gate.meter = CameraMeter(camera, gate.site.rules)
    reading = gate.watch(0, 1, is_packed=True)
    assert 0.1 < reading.seen_share < 0.9
    assert f"only {reading.seen_share:.0%}".replace("%", " %") in reading.quality_reasons[0]
    assert any("extrapolated" in reason for reason in reading.quality_reasons)
