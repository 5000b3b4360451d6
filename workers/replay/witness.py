"""A camera's rules run beside the truth: region by region, a timeline of what was so and of what was said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from crushwatch.ground import CameraGround
from crushwatch.rules import RegionRules
from crushwatch.rules.assess import Witnessed
from crushwatch.rules.levels import judged_density
from crushwatch.simulate import Scenario
from crushwatch.site import Site
from workers.batch.letterbox import Letterbox
from workers.measure import watched_regions
from workers.replay.moment import Moment
from workers.replay.run import Replay
from workers.replay.truth import TrueFrame, true_moment

CAMERA = "camera"
"""The one camera of a scenario's site."""


def scenario_site(scenario: Scenario, **more: object) -> Site:
    """A site file of that scenario's camera alone, with the default rules; `more` are further keys of the file."""
    camera = scenario.camera()
    told = camera.model_dump(mode="json", exclude_defaults=True) | {"source": camera.source.reveal()}
    return Site.model_validate({"id": scenario.name, "cameras": {CAMERA: told}} | more)


def scenario_moments(scenario: Scenario, site: Site, duration_s: float) -> Iterator[Moment]:
    """What a network and an optical flow without fault would say, at the rate of analysis; no picture is drawn."""
    camera = site.cameras[CAMERA]
    lattice = Letterbox.fit(scenario.size_px, camera.engine_shape).lattice(scenario.size_px)
    ground = None if camera.ground is None else CameraGround.fit(camera.ground, scenario.size_px)
    for number in range(round(duration_s * camera.analysis_rate_hz)):
        yield true_moment(true_frame(scenario, number / camera.analysis_rate_hz), lattice, ground)


def true_frame(scenario: Scenario, time_s: float) -> TrueFrame:
    """Those whose heads are inside the picture at that second."""
    crowd = scenario.crowd_at(time_s)
    heads_px = scenario.pinhole.project(scenario.heads_m(crowd))
    inside = ((heads_px >= 0) & (heads_px < np.array(scenario.size_px))).all(axis=1)
    return TrueFrame(time_s, heads_px[inside], crowd.placed.feet_m[inside], crowd.velocities_m_s[inside])


def witness(site: Site, camera: str, moments: Iterable[tuple[Moment, Moment]]) -> dict[str, list[Witnessed]]:
    """Run the site's rules; moments: what was measured or counted, and what was true then. By region's id."""
    unfiltered = site.model_copy(update={"rules": site.rules.model_copy(update={"filter_window_s": 0.0})})
    said = Replay(site, camera, model="measured", engine="measured")
    true = Replay(unfiltered, camera, model="truth", engine="truth")
    rules = {key: RegionRules.of(site.rules, region) for key, region in watched_regions(site.cameras[camera]).items()}
    timelines: dict[str, list[Witnessed]] = {key: [] for key in rules}
    for measured, truth in moments:
        readings, events = said.judged(measured)
        was = {reading.region: reading for reading in true.judged(truth)[0]}
        for reading in readings:
            region, here = reading.region, was[reading.region]
            timelines[region].append(
                Witnessed(
                    at_s=measured.time_s,
                    mean_per_m2=here.density_per_m2 or 0.0,
                    judged_per_m2=judged_density(rules[region], here) or 0.0,
                    forecast=reading.forecast,
                    events=tuple(event for event in events if event.region == region),
                )
            )
    return timelines
