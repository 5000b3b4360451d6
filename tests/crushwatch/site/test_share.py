"""Workers that share a site: every camera has exactly one, and few change hands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.errors import SiteError
from crushwatch.site import Site, parse_site
from crushwatch.site.share import Share


def site_with(cameras: int) -> Site:
    lines = "".join(f"  camera-{number}:\n    source: sim:gate\n" for number in range(cameras))
    return parse_site(f"id: demo\ncameras:\n{lines}")


SITE = site_with(60)


@given(st.integers(1, 20))
def test_every_camera_has_exactly_one_worker(workers: int) -> None:
    shares = [set(Share(index, workers).of(SITE).cameras) for index in range(workers)]
    assert sum(map(len, shares)) == 60
    assert set().union(*shares) == set(SITE.cameras)


@given(st.integers(1, 12))
def test_a_worker_more_takes_cameras_and_moves_none_between_the_others(workers: int) -> None:
    for index in range(workers):
        before, after = (set(Share(index, count).of(SITE).cameras) for count in (workers, workers + 1))
        assert after <= before


def test_the_work_is_spread() -> None:
    assert all(8 <= len(Share(index, 4).of(SITE).cameras) <= 24 for index in range(4))


@pytest.mark.parametrize("text", ["3/3", "1", "a/b", "-1/2", "0/0"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SiteError, match="counted from 0"):
        Share.parse(text)
