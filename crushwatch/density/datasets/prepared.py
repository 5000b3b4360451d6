"""One HDF5 file with pictures, points and targets: read fast, moved easily, and made once.

/<name>/image    (h, w, 3) uint8 RGB
/<name>/points   (N, 2) float32, pixels
/<name>/target   (h / cell_px, w / cell_px) float32, people a cell; attributes of the file: target, cell_px
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crushwatch.density.datasets.annotated import AnnotatedImage, DatasetError, RgbImage, as_points
from crushwatch.density.datasets.label_files import hdf5_file, reading
from crushwatch.density.targets import TargetMap, cells, target_named

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


def write(path: Path, pictures: Iterable[AnnotatedImage], target: str, cell_px: int) -> int:
    """Write the file; returns how many people are in it. What does not fill a cell at the far edges joins the last."""
    people = 0
    path.touch()  # whoever may not write there is told the file, which HDF5 does not name
    with hdf5_file(path, "w") as file:
        file.attrs["target"], file.attrs["cell_px"] = target, cell_px
        for image in pictures:
            group, pixels = file.create_group(image.name.replace("/", "_")), image.rgb()
            height, width = (-(-length // cell_px) * cell_px for length in pixels.shape[:2])
            group.create_dataset("image", data=pixels, compression="lzf")
            group.create_dataset("points", data=image.points_px)
            made = cells(target_named(target)(image.points_px, height, width), cell_px)
            group.create_dataset("target", data=made)
            people += image.count
    return people


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
