"""The shipped network, trained on photographs, must count drawn people: else a demo shows a crowd that nobody sees."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import openvino
import pytest

from crushwatch.models.registry import find_model
from crushwatch.simulate import open_scenario

pytestmark = [pytest.mark.science, pytest.mark.timeout(300)]

Count = Callable[[np.ndarray], float]


@pytest.fixture(scope="module")
def count() -> Count:
    """People in a picture as the cameras' default engine shape shows them, 1024 x 576."""
    core = openvino.Core()
    network = core.compile_model(core.read_model(find_model("compact").path), "CPU")

    def people(image: np.ndarray) -> float:
        small = cv2.resize(image, (1024, 576), interpolation=cv2.INTER_AREA)
        return float(network([small[None]])[0].sum())

    return people


@pytest.mark.parametrize(
    ("name", "times_s"),
    [("gate", (48, 70, 100, 150, 200, 300)), ("calm", (0, 40, 80)), ("night", (80, 300)), ("concert", (10, 60))],
    ids=str,
)
def test_the_shipped_network_counts_drawn_people_within_a_fifth(
    count: Count, name: str, times_s: tuple[float, ...]
) -> None:
    scenario = open_scenario(name)
    ratios = []
    for time_s in times_s:
        frame = scenario.frame(time_s)
        counted = count(frame.image)
        ratios.append(counted / len(frame.ids))
        print(f"{name} at {time_s} s: {len(frame.ids)} people, {counted:.1f} counted ({ratios[-1]:.2f})")
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.15)
    assert ratios == pytest.approx([1.0] * len(ratios), abs=0.2)


def test_the_shipped_network_sees_nobody_where_nobody_is(count: Count) -> None:
    assert count(open_scenario("empty").frame(0.0).image) < 1.0
