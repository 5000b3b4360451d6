"""The page's own tests, its types, its weight, and what stands in its lock file."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

import pytest

from support.dashboard import DASHBOARD, REPOSITORY, npm

SCRIPT_AT_MOST_BYTES = 40_000
"""Compressed, of all the scripts that one page loads."""


@pytest.mark.timeout(240)
def test_the_page_s_own_tests_pass(node_modules: Path) -> None:
    done = npm("test")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_s_types_are_those_of_the_service(node_modules: Path, tmp_path: Path) -> None:
    made_now = tmp_path / "api.gen.ts"
    done = subprocess.run(["node", "dev/types.mjs", str(made_now)], cwd=DASHBOARD, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    committed = (DASHBOARD / "src" / "api.gen.ts").read_text()
    assert committed == made_now.read_text(), "the service's models have changed: npm run types"


def scripts_of(page: Path) -> list[Path]:
    """Those that a page loads as it is opened."""
    return [page.parent / name for name in re.findall(r'(?:src|href)="\./(assets/[^"]+\.js)"', page.read_text())]


def test_the_script_that_a_page_loads_stays_light(built_page: Path) -> None:
    pages = {page.name: scripts_of(page) for page in built_page.glob("*.html")}
    assert {script for scripts in pages.values() for script in scripts} == set(built_page.rglob("*.js"))
    for page, scripts in pages.items():
        assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) < SCRIPT_AT_MOST_BYTES, page


def test_the_built_page_names_no_other_host(built_page: Path) -> None:
    for path in [*built_page.rglob("*.html"), *built_page.rglob("*.css")]:
        assert "//" not in path.read_text().replace("http://www.w3.org/", ""), path


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (DASHBOARD / "package-lock.json").read_text()


def test_data_never_becomes_markup() -> None:
    sources = [path for path in (DASHBOARD / "src").rglob("*.ts*") if path.is_file()]
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "dangerouslySet", "document.write", "eval("):
        assert [path.relative_to(REPOSITORY) for path in sources if word in path.read_text()] == [], word
