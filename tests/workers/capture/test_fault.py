from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.errors import SourceError
from workers.capture.fault import host_and_port

REFUSAL = (
    "the address has no host and port that can be read; in a password or path, "
    "write / as %2F, # as %23, ? as %3F, @ as %40, : as %3A where they do not divide it"
)
password = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("rtsp://10.0.0.11/s", ("10.0.0.11", 554)),
        ("rtsps://cam.example/s", ("cam.example", 322)),
        ("http://cam.example:8080/live", ("cam.example", 8080)),
        ("https://user:pass@cam.example/live", ("cam.example", 443)),
        ("rtsp://[fe80::1]:8554/s", ("fe80::1", 8554)),
        ("http://cam.example/@gate/live.m3u8", ("cam.example", 80)),
    ],
)
def test_host_and_port_are_those_of_the_address(address: str, expected: tuple[str, int]) -> None:
    assert host_and_port(address) == expected


@given(password)
def test_no_part_of_a_password_is_ever_taken_for_a_host_however_badly_it_is_written(secret: str) -> None:
    assert reading_of(f"rtsp://viewer:{secret}@10.0.0.11:8554/s") in (("10.0.0.11", 8554), REFUSAL)


def reading_of(address: str) -> tuple[str, int] | str:
    try:
        return host_and_port(address)
    except SourceError as error:
        return str(error)
