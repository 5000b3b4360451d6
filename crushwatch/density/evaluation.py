"""How well a network counts: its errors over annotated pictures.

The papers' "MSE" is a root mean square error; here it is called RMSE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import torch

from crushwatch.density.augment import heads_per_cell
from crushwatch.density.datasets.annotated import AnnotatedImage, PointsPx, RgbImage
from crushwatch.density.localisation import in_slices
from crushwatch.density.networks import DensityNetwork

DensityMap = npt.NDArray[np.float32]
"""(rows, columns), people a cell."""
Count = Callable[[RgbImage], DensityMap]
"""A picture of any size to people a cell; the map may reach past the picture's far edges."""

MULTIPLE_PX = 32
"""Networks take heights and widths that are multiples of this; what is missing is added in black."""
BANDS = (0, 1, 50, 100, 200, 500, 1000)
"""Lower ends of the bands of true count in which the bias is told apart."""
GAME_LEVELS = (0, 1, 2, 3)


@dataclass(frozen=True)
class Counted:
    """One picture: how many there are, how many were counted, and GAME at levels 0 to 3."""

    name: str
    true: float
    counted: float
    game: tuple[float, float, float, float]

    @property
    def error(self) -> float:
        return self.counted - self.true


@dataclass(frozen=True)
class Band:
    """Pictures whose true count lies from `at_least` up to the next band."""

    at_least: int
    n: int
    bias: float
    mae: float


@dataclass(frozen=True)
class Scores:
    """Errors over a set of pictures, in people. nae is a share and None without a picture that has people; so is r2.

    mae: mean |counted - true|. rmse: root of the mean square. nae: mean of |counted - true| / true where true > 0.
    bias: mean of counted - true. game_L: the mean over pictures of the sum over 4^L equal tiles of |counted - true|
    (Guerrero-Gomez-Olmedo et al. 2015). r2: share of the counts' variance that is explained.
    """

    n: int
    mean_true: float
    mae: float
    rmse: float
    nae: float | None
    bias: float
    r2: float | None
    game_0: float
    game_1: float
    game_2: float
    game_3: float
    bands: tuple[Band, ...]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


Also = Callable[[AnnotatedImage, DensityMap], None]
"""Is told a picture and its map, cut to the picture."""


def evaluate(
    count: Count, pictures: Iterable[AnnotatedImage], cell_px: int = 8, also: Also | None = None
) -> list[Counted]:
    """Count every picture at its native resolution; cell_px: pixels of a picture that one cell of the map covers."""
    results = []
    for image in pictures:
        pixels = image.rgb()
        size_px = (pixels.shape[0], pixels.shape[1])
        density = count(pixels)[: -(-size_px[0] // cell_px), : -(-size_px[1] // cell_px)]
        results.append(counted(image.name, density, image.points_px, size_px, cell_px))
        if also is not None:
            also(image, density)
    return results


def counted(name: str, density: DensityMap, points_px: PointsPx, size_px: tuple[int, int], cell_px: int = 8) -> Counted:
    """Compare a density map with the heads of a picture of (height, width) size_px."""
    rows, columns = (-(-length // cell_px) for length in size_px)
    density = density[:rows, :columns]
    inside = np.clip(points_px, 0, np.array(size_px[::-1]) - 1).astype(np.float32)
    true = heads_per_cell(inside, rows * cell_px, columns * cell_px, cell_px)
    game = [grid_error(density, true, level) for level in GAME_LEVELS]
    return Counted(name, float(len(points_px)), float(density.sum()), (game[0], game[1], game[2], game[3]))


def grid_error(density: DensityMap, true: DensityMap, level: int) -> float:
    """Sum over 2^level x 2^level tiles of |counted - true|.

    >>> left, right = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> grid_error(left, right, 0), grid_error(left, right, 1)
    (0.0, 2.0)
    """
    side = 2**level
    rows = np.linspace(0, true.shape[0], side + 1).round().astype(int)
    columns = np.linspace(0, true.shape[1], side + 1).round().astype(int)
    error = (density - true).astype(np.float64)  # sums of a million cells
    difference = np.pad(error.cumsum(0).cumsum(1), ((1, 0), (1, 0)))[np.ix_(rows, columns)]
    return float(np.abs(np.diff(np.diff(difference, axis=0), axis=1)).sum())


def scores(results: Sequence[Counted]) -> Scores:
    """All figures at once; raises ValueError for no pictures."""
    if not results:
        raise ValueError("no pictures to score")
    true, found = np.array([r.true for r in results]), np.array([r.counted for r in results])
    error, peopled = found - true, true > 0
    game = np.array([r.game for r in results]).mean(axis=0)
    return Scores(
        n=len(results),
        mean_true=float(true.mean()),
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt((error**2).mean())),
        nae=float((np.abs(error[peopled]) / true[peopled]).mean()) if peopled.any() else None,
        bias=float(error.mean()),
        r2=r_squared(true, found),
        game_0=float(game[0]),
        game_1=float(game[1]),
        game_2=float(game[2]),
        game_3=float(game[3]),
        bands=bands(true, error),
    )


def r_squared(true: npt.NDArray[np.float64], found: npt.NDArray[np.float64]) -> float | None:
    """1 - residual variance / variance; None where all true counts are alike."""
    spread = float(((true - true.mean()) ** 2).sum())
    return 1.0 - float(((found - true) ** 2).sum()) / spread if spread > 0 else None


def bands(true: npt.NDArray[np.float64], error: npt.NDArray[np.float64]) -> tuple[Band, ...]:
    """Bias and MAE in each band of true counts that has pictures."""
    which = np.searchsorted(BANDS, true, side="right") - 1
    return tuple(
        Band(low, int((which == i).sum()), float(error[which == i].mean()), float(np.abs(error[which == i]).mean()))
        for i, low in enumerate(BANDS)
        if (which == i).any()
    )


def counting(network: DensityNetwork, bfloat16: bool = False) -> Count:
    """The network as a function of one picture of any size; in evaluation mode while it runs."""

    def count(picture: RgbImage) -> DensityMap:
        device = next(network.parameters()).device
        images = torch.from_numpy(padded(picture)[None]).to(device)
        was_training = network.training
        network.eval()
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            density: DensityMap = network(images)[0].float().cpu().numpy()
        network.train(was_training)
        return density

    return count


def counting_exported(path: str, threads: int | None = None) -> Count:
    """An exported ONNX file as a function of one picture of any size, under ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def count(picture: RgbImage) -> DensityMap:
        density: DensityMap = session.run(None, {"images": padded(picture)[None]})[0][0]
        return density

    return count


def sliced(count: Count, slice_px: int, overlap: float, cell_px: int = 8) -> Count:
    """The same count, made in overlapping squares of slice_px."""
    return lambda picture: in_slices(count, picture, slice_px, overlap, cell_px)


def padded(picture: RgbImage, multiple_px: int = MULTIPLE_PX) -> RgbImage:
    """The picture with black rows below and columns at the right, up to the next multiple."""
    height, width = picture.shape[:2]
    below, right = -height % multiple_px, -width % multiple_px
    return np.ascontiguousarray(np.pad(picture, ((0, below), (0, right), (0, 0))))
