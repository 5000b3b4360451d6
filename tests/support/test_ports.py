"""The ports of the servers that tests start, on machines whose kernel lends others."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.ports import free_port, ports_not_lent

ANY = (10_000, 65_535)


@pytest.mark.parametrize(
    ("lent", "first_and_last"),
    [
        ("32768\t60999\n", (10_000, 32_767)),
        ("1024 60999", (61_000, 65_535)),
        ("9000 9999", ANY),
        ("1024 65535", ANY),
        ("10500 65000", ANY),
        ("", ANY),
        (None, ANY),
    ],
    ids=["usual", "from below 10,000", "all below 10,000", "all", "nearly all", "empty", "no such file"],
)
def test_ports_lie_outside_of_those_that_the_kernel_lends_where_there_are_any(
    tmp_path: Path, lent: str | None, first_and_last: tuple[int, int]
) -> None:
    told = tmp_path / "ip_local_port_range"
    if lent is not None:
        told.write_text(lent)
    ports = ports_not_lent(told)
    assert (ports[0], ports[-1]) == first_and_last


def test_no_port_is_given_twice() -> None:
    assert len({free_port() for _ in range(20)}) == 20
