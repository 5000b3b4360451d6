from __future__ import annotations

import resource
import subprocess
import sys

import pytest

SAY = "import resource; from workers.open_files import allow_open_files; allow_open_files(); "
SAY += "print(*resource.getrlimit(resource.RLIMIT_NOFILE))"


@pytest.mark.parametrize(
    ("begins_with", "ends_with"),
    [((64, 512), (512, 512)), ((512, 512), (512, 512))],
    ids=["fewer than it may", "all that it may"],
)
def test_a_worker_opens_as_many_connections_as_its_user_may(
    begins_with: tuple[int, int], ends_with: tuple[int, int]
) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SAY],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, begins_with),
    )
    assert tuple(map(int, said.stdout.split())) == ends_with
