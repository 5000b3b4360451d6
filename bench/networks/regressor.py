"""The count regressor: from a density map of 224 x 224 to one number, through 234 million parameters.

It learns from the maps that `vgg16-decoder-224` gives, and is measured on those of the validation pictures, beside
what the plain sum of the same maps gives.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from bench.networks.measure import network_of
from crushwatch.density import datasets
from crushwatch.density.networks import CountRegressor

SIDE_PX, BATCH, MINUTES, RATE = 224, 24, 3.0, 3e-5


def measure_regressor(data: Path, runs: Path, minutes: float = MINUTES) -> dict[str, object]:
    """RMSE on the pictures it learnt from and on the others, and the RMSE of the maps' sums."""
    maps, counts = zip(*(maps_of(data, runs, split) for split in ("train", "validation")), strict=True)
    torch.manual_seed(1)
    network, scale = CountRegressor(SIDE_PX), float(counts[0].mean())
    began, seen = time.monotonic(), learn(network, maps[0], counts[0] / scale, minutes)
    learnt, unseen = (rmse(said(network, part) * scale, true) for part, true in zip(maps, counts, strict=True))
    return {
        "name": "count-regressor",
        "minutes": round((time.monotonic() - began) / 60, 1),
        "crops": seen,
        "crop_px": SIDE_PX,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "pictures": len(counts[1]),
        "mean_true": round(float(counts[1].mean()), 1),
        "mae": round(float((said(network, maps[1]) * scale - counts[1]).abs().mean()), 4),
        "rmse": round(unseen, 4),
        "rmse_learnt": round(learnt, 4),
        "rmse_of_sum": round(rmse(maps[1].sum((1, 2)), counts[1]), 4),
    }


def maps_of(data: Path, runs: Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, 224, 224) densities that the trained network gives, and the (n,) true counts."""
    network = network_of("vgg16-decoder-224", runs)
    pictures = datasets.read("shanghaitech-b", data / "shanghaitech", split)
    squashed = [datasets.Resized.of(picture, SIDE_PX).rgb() for picture in pictures]
    with torch.inference_mode():
        maps = torch.cat([network(batch_of(squashed[i : i + 8])) for i in range(0, len(squashed), 8)])
    return maps.clone(), torch.tensor([float(len(picture.points_px)) for picture in pictures])


def batch_of(pictures: list[npt.NDArray[np.uint8]]) -> torch.Tensor:
    return torch.from_numpy(np.stack(pictures))


def learn(network: CountRegressor, maps: torch.Tensor, counts: torch.Tensor, minutes: float) -> int:
    """Adam on the squared error until the time is up; how many maps were seen."""
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    until, seen = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < until:
        for chosen in torch.split(torch.randperm(len(maps)), BATCH):
            loss = (network(maps[chosen]) - counts[chosen]).square().mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            seen += len(chosen)
    return seen


@torch.inference_mode()
def said(network: CountRegressor, maps: torch.Tensor) -> torch.Tensor:
    return torch.cat([network(part) for part in torch.split(maps, BATCH)])


def rmse(found: torch.Tensor, true: torch.Tensor) -> float:
    return float((found - true).square().mean().sqrt())
