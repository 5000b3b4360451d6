from __future__ import annotations

import pytest

from crushwatch.regions import Measurement, Sight, Trend, judge_quality


def at(density: float) -> Measurement:
    return Measurement(count=density * 10, area_m2=10, density_per_m2=density, peak_density_per_m2=density + 1)


def test_one_bad_frame_does_not_show_in_the_median() -> None:
    trend = Trend(filter_window_s=4)
    for time_s, density in enumerate([2.0, 2.1, 9.0, 2.0, 2.1]):
        smoothed = trend.add(float(time_s), at(density))
    assert smoothed.density_per_m2 == 2.1
    assert smoothed.count == 21
    assert smoothed.peak_density_per_m2 == 3.1


def test_the_newer_half_of_the_window_tells_of_a_fall_first_and_not_by_one_frame() -> None:
    trend = Trend(filter_window_s=4)
    newest = [
        trend.add(time_s / 2, at(density)).newest_density_per_m2
        for time_s, density in enumerate([3.0] * 9 + [1.0] + [3.0] * 9 + [1.0] * 3)
    ]
    assert newest == [3.0] * 21 + [1.0]


def test_figures_older_than_the_window_are_forgotten() -> None:
    trend = Trend(filter_window_s=4)
    trend.add(0, at(8))
    assert trend.add(10, at(1)).density_per_m2 == 1


def test_the_rate_is_the_slope_in_people_per_m2_and_minute() -> None:
    trend = Trend(filter_window_s=0)
    for second in range(31):
        smoothed = trend.add(float(second), at(1 + second * 0.05))
    assert smoothed.rate_per_m2_per_min == pytest.approx(3.0)


def test_no_rate_from_too_little_data() -> None:
    trend = Trend(filter_window_s=0)
    assert all(trend.add(float(second), at(second)).rate_per_m2_per_min is None for second in range(19))


def test_an_uncalibrated_camera_has_no_density_and_no_rate() -> None:
    smoothed = Trend(4).add(0, Measurement(7, None, None, None))
    assert (smoothed.count, smoothed.density_per_m2, smoothed.rate_per_m2_per_min) == (7, None, None)


def test_a_clock_that_jumps_back_starts_the_trend_anew() -> None:
    trend = Trend(filter_window_s=4)
    trend.add(1000, at(8))
    assert trend.add(10, at(1)).density_per_m2 == 1


@pytest.mark.parametrize(
    ("sight", "doubts", "value", "words"),
    [
        pytest.param(Sight(True, 1.0, 20.0), (), 1.0, "", id="good"),
        pytest.param(Sight(True, 1.0, 3.0), (), 0.2, "3.0 px wide", id="too-far"),
        pytest.param(Sight(True, 1.0, 5.0), (), 0.6, "5.0 px wide", id="far"),
        pytest.param(Sight(False), (), 0.5, "not calibrated", id="uncalibrated"),
        pytest.param(Sight(True, 0.5, 20.0), (), 0.5, "50 %", id="half-seen"),
        pytest.param(Sight(True, 1.0, 20.0, 0.1), (), 1.0, "", id="nearly-all-between-the-points"),
        pytest.param(Sight(True, 1.0, 20.0, 0.6), (), 0.7, "extrapolated: 60 %", id="beyond-the-points"),
        pytest.param(Sight(True, 1.0, 20.0), ((0.2, "the picture is blurred"),), 0.2, "blurred", id="blurred"),
        pytest.param(Sight(False), ((0.0, "the picture is frozen"),), 0.0, "frozen", id="frozen"),
    ],
)
def test_quality_says_what_speaks_against_a_figure(
    sight: Sight, doubts: tuple[tuple[float, str], ...], value: float, words: str
) -> None:
    quality = judge_quality(sight, doubts)
    assert quality.value == pytest.approx(value)
    assert words in "; ".join(quality.reasons)


def test_of_a_picture_that_is_worth_nothing_only_that_is_said() -> None:
    quality = judge_quality(Sight(False), ((0.2, "the picture is blurred"), (0.0, "the picture is dark")))
    assert quality.reasons == ("the picture is dark",)


def test_a_picture_that_waited_too_long_for_its_turn_is_stale() -> None:
    assert judge_quality(Sight(True), age_s=4.9).value == 1
    stale = judge_quality(Sight(True), age_s=7.2)
    assert (stale.value, stale.reasons) == (0.2, ("stale: the picture was 7 s old when it was measured",))
