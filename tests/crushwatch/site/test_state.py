from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from crushwatch.site.state import database_file


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///crushwatch.db",
        "sqlite:////var/lib/crushwatch/site.db",
        "sqlite+pysqlite:///a folder/50%#1.db?timeout=5",
    ],
)
def test_the_database_is_the_file_that_is_opened(url: str) -> None:
    assert database_file(url) == Path(str(make_url(url).database))


@pytest.mark.parametrize("url", ["postgresql+psycopg://host/crushwatch", "sqlite://", "sqlite:///:memory:", "nothing"])
def test_a_database_on_a_server_or_in_memory_has_no_file(url: str) -> None:
    assert database_file(url) is None
