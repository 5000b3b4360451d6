"""How many pictures of 1280x720 with 500 people does the simulator draw a second, on one core?

The hall of `sim:rush`, one picture after the other, 0.1 s apart: packed before the gate, as everybody sets off, and
while nearly everybody walks. Until 500 heads are in the picture, others of the cast stand beside those who are there.
"""

from __future__ import annotations

import time
from dataclasses import replace

import cv2
import numpy as np

from crushwatch.simulate import Scenario
from crushwatch.simulate.crowd import Moment, crowding
from crushwatch.simulate.scenes import SCENES

PEOPLE = 500
MOMENTS_S = {"packed": 126.0, "setting_off": 134.0, "walking": 146.0}
FILLING_S = 30.0
"""What was drawn from then on is at hand, as it is for a camera that runs."""
MEASURED_S = 5.0
BESIDE_M = np.array([0.23, 0.17])


class Fuller(Scenario):
    """A scenario in which `PEOPLE` heads are in the picture whenever anybody is."""

    def crowd_at(self, time_s: float) -> Moment:
        """The crowd, with others of the cast beside as many of those in the picture as are missing."""
        moment = super().crowd_at(time_s)
        heads_px = self.pinhole.project(self.heads_m(moment))
        seen = np.flatnonzero(((heads_px >= 0) & (heads_px < np.array(self.size_px))).all(axis=1))
        missing = max(PEOPLE - len(seen), 0)
        copied = np.concatenate([np.arange(len(moment.ids)), np.resize(seen, missing)])
        turn = np.concatenate([np.zeros(len(moment.ids), int), 1 + np.arange(missing) // max(len(seen), 1)])
        placed, feet_m = moment.placed, moment.placed.feet_m[copied] + turn[:, None] * BESIDE_M
        return Moment(
            placed=replace(
                placed,
                actor=(placed.actor[copied] + 97 * turn) % len(self.heights_m),
                feet_m=feet_m,
                heading_rad=placed.heading_rad[copied],
                stride_rad=placed.stride_rad[copied] + turn,
                crowding=crowding(feet_m),
            ),
            ids=moment.ids[copied],
            velocities_m_s=moment.velocities_m_s[copied],
        )


def measure() -> dict[str, float]:
    """{"drawing_..._per_s": pictures a second of processor time, "drawing_..._people": heads in them, by mean}."""
    hall, seen_s = Fuller(SCENES["rush"], (1280, 720)), FILLING_S
    found: dict[str, float] = {}
    for name, from_s in MOMENTS_S.items():
        for time_s in (*np.arange(seen_s, from_s, 2.0), *np.arange(from_s - 1.0, from_s, 0.1)):
            hall.frame(float(time_s))
        started_s, seen_s = time.process_time(), from_s + MEASURED_S
        people = [len(hall.frame(float(time_s)).ids) for time_s in np.arange(from_s, seen_s, 0.1)]
        took_s = time.process_time() - started_s
        found[f"drawing_{name}_per_s"] = round(len(people) / took_s, 1)
        found[f"drawing_{name}_people"] = round(float(np.mean(people)), 0)
    return found


if __name__ == "__main__":
    cv2.setNumThreads(1)
    print("\n".join(f"{name}: {value}" for name, value in measure().items()))
