"""What does each stage between the network and the alert cost, a frame of one camera, in processor time of one core?

A 720p camera over the gate's crowd with one region and one gate; medians. The network itself: worker_over_engine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from crushwatch.ground import CameraGround
from crushwatch.regions import RegionMeter
from crushwatch.regions.heat import HeatMap
from crushwatch.regions.motion import GroundMotion
from crushwatch.regions.movement import MovementMeter
from crushwatch.simulate import open_scenario
from crushwatch.site import Gate
from workers.batch.letterbox import Letterbox
from workers.batch.motion import MotionMeter
from workers.capture.picture import ArrayPicture
from workers.capture.source import Earlier, Frame
from workers.replay.moment import Moment
from workers.replay.run import START, Replay
from workers.replay.truth import splat
from workers.replay.witness import CAMERA, scenario_site

APART_S, AT_S = 0.1, 80.0


def measure(*, quick: bool) -> dict[str, float]:
    """{"stage_..._ms": milliseconds a frame}."""
    turns = 15 if quick else 60
    gate = open_scenario("gate")
    site = scenario_site(gate)
    camera = site.cameras[CAMERA]
    (region,) = camera.regions.values()
    before, now = gate.frame(AT_S - APART_S), gate.frame(AT_S)
    picture = ArrayPicture(now.image)
    box = Letterbox.fit(gate.size_px, camera.engine_shape)
    lattice, image = box.lattice(gate.size_px), box.image(picture)
    frame = Frame(CAMERA, picture, START, AT_S, 0, earlier=Earlier(ArrayPicture(before.image), APART_S))
    people = splat(now.heads_px, lattice)
    assert camera.ground is not None
    ground = CameraGround.fit(camera.ground, gate.size_px)
    meter, heat = RegionMeter.on_ground(region, lattice, ground), HeatMap(lattice, ground)
    to_ground = GroundMotion(lattice, ground)
    movement = MovementMeter(region, {"line": Gate(into="r", line_m=((-2.6, 10.0), (2.6, 10.0)))}, lattice, ground)
    displacement = MotionMeter().measure(frame, box, image)
    assert displacement is not None
    velocity = to_ground.velocity_m_s(displacement)
    replay, clock = Replay(site, CAMERA, model="bench", engine="bench"), iter(range(10_000))

    def judged() -> object:
        return replay.judged(Moment(next(clock) / 2, people, lattice))

    stages: dict[str, Callable[[], object]] = {
        "letterbox": lambda: box.image(picture),
        "motion": lambda: MotionMeter().measure(frame, box, image),
        "to_ground": lambda: to_ground.velocity_m_s(displacement),
        "regions": lambda: meter.measure(people),
        "movement": lambda: movement.add(next(clock) / 2, people, velocity),
        "heat": lambda: heat.per_m2(people),
        "measure_and_judge": judged,
        "ground_fit": lambda: CameraGround.fit(camera.ground, gate.size_px),  # type: ignore[arg-type]  # it is there
        "region_made": lambda: RegionMeter.on_ground(region, lattice, ground),
    }
    return {f"stage_{name}_ms": _cost_ms(stage, turns) for name, stage in stages.items()}


def _cost_ms(stage: Callable[[], object], turns: int) -> float:
    stage()
    took_s = []
    for _ in range(turns):
        started_s = time.thread_time()
        stage()
        took_s.append(time.thread_time() - started_s)
    return round(1000 * statistics.median(took_s), 3)
