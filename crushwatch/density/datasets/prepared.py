"""One HDF5 file with pictures, points and targets: read fast, moved easily, and made once.

/<name>/image    (h, w, 3) uint8 RGB
/<name>/points   (N, 2) float32, pixels
/<name>/target   (h / cell_px, w / cell_px) float32, people a cell; attributes of the file: target, cell_px
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, RgbImage, as_points
from crushwatch.density.datasets.label_files import hdf5_file, reading
from crushwatch.density.targets import Target, TargetMap, cells, target_named

if TYPE_CHECKING:
    import h5py

UNWRITTEN_BYTES = 16 * 2**20
"""More than HDF5 holds back in memory."""
PREPARED = "a file that `crushwatch data prepare` has written"


@dataclass(frozen=True)
class PreparedImage(AnnotatedImage):
    """A picture inside an HDF5 file; `path` is the file, `key` the group."""

    key: str = ""

    def rgb(self) -> RgbImage:
        with reading(self.path, PREPARED), hdf5_file(self.path) as file:
            return np.asarray(file[self.key]["image"], np.uint8)

    def target(self) -> TargetMap:
        """The stored target."""
        with reading(self.path, PREPARED), hdf5_file(self.path) as file:
            return np.asarray(file[self.key]["target"], np.float32)


class Written(NamedTuple):
    """How many pictures and people a file has."""

    pictures: int
    people: int


def write(path: Path, pictures: Iterable[AnnotatedImage], target: str, cell_px: int) -> Written:
    """Write the file. What does not fill a cell at the far edges joins the last.

    A file that was there stays as it is until the new one is whole. Raises OSError where it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise DatasetError(f"{path}: is no file; give the name of an .h5 file to write")
    draw, draft = target_named(target), path.with_name(f"{path.name}.new")
    try:
        draft.touch()  # whoever may not write there is told so: HDF5 says much, and no file
        with hdf5_file(draft, "w") as file:
            file.attrs["target"], file.attrs["cell_px"] = target, cell_px
            counts = [add(file, image, draw, cell_px) for image in pictures]
        draft.replace(path)
    except (OSError, RuntimeError) as fault:
        if getattr(fault, "filename", None) not in (None, str(draft)):
            raise
        number = getattr(fault, "errno", None) or errno.EIO
        raise OSError(number, os.strerror(number), str(path)) from fault
    finally:
        draft.unlink(missing_ok=True)
    return Written(len(counts), sum(counts))


def add(file: h5py.File, image: AnnotatedImage, draw: Target, cell_px: int) -> int:
    """Write one picture; returns how many people are in it."""
    pixels, name = image.rgb(), image.name.replace("/", "_")
    if name in file:
        raise DatasetError(f"{image.path}: another picture is called {name} too; give them names of their own")
    height, width = (-(-length // cell_px) * cell_px for length in pixels.shape[:2])
    check_room(Path(file.filename), pixels.nbytes + 4 * height * width // cell_px**2)
    group = file.create_group(name)
    group.create_dataset("image", data=pixels, compression="lzf")
    group.create_dataset("points", data=image.points_px)
    group.create_dataset("target", data=cells(draw(image.points_px, height, width), cell_px))
    return image.count


def check_room(path: Path, wanted_bytes: int) -> None:
    """Raise OSError where the disk has no room for so much more: HDF5 itself may crash as it finds it full."""
    if shutil.disk_usage(path.parent).free < wanted_bytes + UNWRITTEN_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read(path: Path, split: str) -> list[AnnotatedImage]:
    """The pictures of a prepared file; it holds one split, whatever `split` says."""
    del split
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; `crushwatch data prepare` writes one")
    with reading(path, PREPARED), hdf5_file(path) as file:
        return [
            PreparedImage(name, path, as_points(group["points"], f"{path} {name}"), path.stem, name)
            for name, group in file.items()
        ]
