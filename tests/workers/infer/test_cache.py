from __future__ import annotations

import os
from pathlib import Path

import pytest

from workers.infer.cache import EngineCache, cache_folder, cache_key

MADE_FROM = {"engine": "openvino", "precision": "bf16"}


def test_what_was_stored_is_loaded_again(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path / "engines")
    assert cache.load("a") is None
    cache.store("a", b"built", MADE_FROM)
    assert EngineCache(tmp_path / "engines").load("a") == b"built"
    assert {file.name for file in (tmp_path / "engines").iterdir()} == {"a.engine", "a.json"}


def test_what_proved_unusable_is_forgotten(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path)
    cache.store("a", b"built", MADE_FROM)
    cache.forget("a")
    cache.forget("never-there")
    assert cache.load("a") is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_is_listed_with_what_it_was_made_from_last_used_first(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path)
    for place, key in enumerate("ab"):
        cache.store(key, b"built", MADE_FROM)
        os.utime(tmp_path / f"{key}.engine", (place, place))
    cache.load("a")
    entries = list(cache.entries())
    assert [entry.key for entry in entries] == ["a", "b"]
    assert (entries[0].made_from, entries[0].size_bytes) == (MADE_FROM, 5)


def test_an_engine_without_its_note_is_listed_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.engine").write_bytes(b"built by an earlier version")
    assert [dict(entry.made_from) for entry in EngineCache(tmp_path).entries()] == [{}]


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = EngineCache(tmp_path / "file" / "engines")
    cache.store("a", b"built", MADE_FROM)
    assert cache.load("a") is None


@pytest.mark.parametrize("changed", ["model", "precision", "gpu", "version"])
def test_the_key_changes_with_everything_it_is_made_from(changed: str) -> None:
    parts = {"model": "ab", "precision": "fp16", "gpu": "L4 8.9", "version": "10.3"}
    assert cache_key(parts) != cache_key(parts | {changed: "other"})


def test_engines_are_kept_under_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "crushwatch" / "engines"
