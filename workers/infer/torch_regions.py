"""Regions measured where the density is: what comes back from a GPU is a count and a peak a region, not a map.

The same figures as `RegionMeter.measure`, for all regions of a batch at once, from tables that lie on the device.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from crushwatch.regions import Measurement, RegionMeter
from crushwatch.regions.density import RegionTables


class DeviceRegions:
    """Every region of every camera; a batch of any of the cameras is measured in a few operations."""

    def __init__(self, meters: Mapping[str, Mapping[str, RegionMeter]], device: str) -> None:
        """meters: by camera and region; all cameras have density maps of one size."""
        self._at = torch.device(device)
        named = [(camera, key, meter.tables()) for camera, of in meters.items() for key, meter in of.items()]
        groups: dict[int, list[tuple[str, str, RegionTables]]] = defaultdict(list)
        for entry in named:
            groups[entry[2].window_cells].append(entry)
        self._groups = [_Group(entries, self._at) for entries in groups.values()]

    def measure(self, cameras: Sequence[str], density: Tensor) -> list[dict[str, Measurement]]:
        """density: (n, rows, columns) on the device, one map a camera, in their order. Gives each camera's regions."""
        frames = {camera: number for number, camera in enumerate(cameras)}
        found: list[dict[str, Measurement]] = [{} for _ in cameras]
        waiting = [(group, group.begin(frames, density.reshape(len(cameras), -1))) for group in self._groups]
        for group, (chosen, figures) in waiting:
            for row, (count, peak) in zip(chosen, figures.cpu().tolist(), strict=True):
                camera, key, tables = group.entries[row]
                found[frames[camera]][key] = _measurement(tables, count, peak)
        return found


class _Group:
    """Regions whose peak windows have as many cells: 0 of them for those without a ground."""

    def __init__(self, entries: Sequence[tuple[str, str, RegionTables]], at: torch.device) -> None:
        self.entries = entries
        tables = [entry[2] for entry in entries]
        self._at, self._side = at, tables[0].window_cells
        self._weights = torch.from_numpy(np.stack([t.weights for t in tables])).to(at)
        if self._side:
            self._lay_out([t for t in tables if t.scatter is not None])

    def begin(self, frames: Mapping[str, int], density: Tensor) -> tuple[list[int], Tensor]:
        """The entries that the frames' cameras have, and (count, peak) of each, still on the device."""
        chosen = [row for row, (camera, _, _) in enumerate(self.entries) if camera in frames]
        rows = torch.tensor(chosen, dtype=torch.int64).to(self._at)
        of = torch.tensor([frames[self.entries[row][0]] for row in chosen], dtype=torch.int64).to(self._at)
        seen = density[of]
        counts = (seen * self._weights[rows]).sum(1)
        peaks = self._peaks(rows, seen) if self._side else torch.zeros_like(counts)
        return chosen, torch.stack((counts, peaks), dim=1)

    def _lay_out(self, tables: Sequence[RegionTables]) -> None:
        """Tables of different sizes, one under the other, filled up with what adds nothing."""
        grids = [(t.scatter.grid.rows, t.scatter.grid.columns) for t in tables if t.scatter is not None]
        self._rows, self._columns = max(rows for rows, _ in grids), max(columns for _, columns in grids)
        scatters = [t.scatter for t in tables if t.scatter is not None]
        triples = max(len(s.share) for s in scatters)
        to_cells = [s.to_cell // s.grid.columns * self._columns + s.to_cell % s.grid.columns for s in scatters]
        self._from = self._stacked([_filled(s.from_cell, (triples,)) for s in scatters], np.int64)
        self._to = self._stacked([_filled(cells, (triples,)) for cells in to_cells], np.int64)
        self._mass = self._stacked([_filled(s.share, (triples,)) for s in scatters], np.float32)
        grid = (self._rows, self._columns)
        windows = [_filled(t.per_window, grid) for t in tables if t.per_window is not None]
        self._per_window = self._stacked(windows, np.float32)

    def _stacked(self, arrays: Sequence[npt.NDArray[np.generic]], dtype: npt.DTypeLike) -> Tensor:
        return torch.from_numpy(np.stack(arrays).astype(dtype)).to(self._at)

    def _peaks(self, rows: Tensor, seen: Tensor) -> Tensor:
        """The densest window of each region, people per m2."""
        mass = seen.gather(1, self._from[rows]) * self._mass[rows]
        ground = mass.new_zeros(len(rows), self._rows * self._columns).scatter_add_(1, self._to[rows], mass)
        people = ground.reshape(-1, self._rows, self._columns)
        before, after = self._side // 2, self._side - 1 - self._side // 2
        padded = F.pad(people, (before, after, before, after))[:, None]
        windows = F.avg_pool2d(padded, self._side, stride=1)[:, 0] * self._side**2
        return (windows * self._per_window[rows]).amax((1, 2))


def _filled(values: npt.NDArray[np.generic], shape: tuple[int, ...]) -> npt.NDArray[np.generic]:
    """The values in the first corner of an array of that shape, zeros elsewhere."""
    whole = np.zeros(shape, values.dtype)
    whole[tuple(slice(length) for length in values.shape)] = values
    return whole


def _measurement(tables: RegionTables, count: float, peak: float) -> Measurement:
    if tables.area_m2 is None:
        return Measurement(count, None, None, None)
    mean = count / tables.area_m2
    return Measurement(count, tables.area_m2, mean, max(mean, peak) if tables.scatter is not None else None)
