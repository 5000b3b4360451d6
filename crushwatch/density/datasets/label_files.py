"""Label files of every form; whatever is wrong with one is a DatasetError that names it.

SciPy and h5py come with the extra `train`: they are loaded where a file needs them, for heads.json, points.csv and
COCO are read without.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crushwatch.density.datasets.annotated import DatasetError

if TYPE_CHECKING:
    import h5py


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Turn whatever reading the file raises into a DatasetError: "PATH: not EXPECTED (why)".

    Everything is caught, for of a damaged file SciPy and HDF5 raise nearly every kind of error there is.
    """
    try:
        yield
    except DatasetError:
        raise
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file") from None
    except Exception as fault:
        raise DatasetError(f"{path}: not {expected} ({type(fault).__name__}: {fault})") from fault


def mat_variable(path: Path, name: str, expected: str) -> Any:
    """A variable of a `.mat` file, as SciPy gives it."""
    try:
        from scipy.io import loadmat
    except ImportError:
        raise DatasetError(_lacking(path, "a .mat file", "SciPy")) from None
    with reading(path, expected):
        stored = loadmat(path)
    if name not in stored:
        there_are = ", ".join(key for key in stored if not key.startswith("__")) or "none"
        raise DatasetError(f"{path}: not {expected}: there is no variable {name} in it; its variables: {there_are}")
    return stored[name]


def hdf5_file(path: Path, mode: str = "r") -> h5py.File:
    """An HDF5 file, open; raises DatasetError where h5py is not installed."""
    try:
        import h5py
    except ImportError:
        raise DatasetError(_lacking(path, "HDF5", "h5py")) from None
    return h5py.File(path, mode)


def _lacking(path: Path, form: str, package: str) -> str:
    return f"{path}: {form} needs {package}: pip install 'crushwatch[train]'"


def json_object(path: Path, expected: str) -> dict[str, Any]:
    """The object, {...}, that a JSON file holds."""
    with reading(path, expected):
        stored = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(stored, dict):
        raise DatasetError(f"{path}: not {expected}: it holds a {type(stored).__name__}, not an object {{...}}")
    return stored


def lines_of(path: Path, expected: str) -> list[str]:
    """The lines of a text file."""
    with reading(path, expected):
        return path.read_text(encoding="utf-8-sig").splitlines()
