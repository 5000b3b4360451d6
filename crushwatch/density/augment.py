"""From whole pictures to the crops a network learns from: place, scale, mirror, light, and what cameras do to pictures.

Every function takes its random generator, so that a batch is a pure function of the seed and the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.density.datasets.annotated import PointsPx, RgbImage
from crushwatch.density.ranges import NotNegative, Positive, Share
from crushwatch.errors import SiteError

Cells = npt.NDArray[np.float32]
"""(rows, columns), heads a cell."""


@dataclass(frozen=True)
class Augmentation:
    """How far crops depart from their picture. Shares are of crops, 0 to 1."""

    scale_low: Positive = 0.5
    """Log-uniform from here; 0.5: a head half as wide as in the picture."""
    scale_high: Positive = 2.0
    as_is: Share = 0.0
    """This share keeps the picture's own scale and so its own sharpness, which every change of scale takes away."""
    aspect: NotNegative = 0.08
    """Width against height, up to this much either way (natural logarithm)."""
    mirror: Share = 0.5
    light: Share = 0.9
    """Brightness, contrast, gamma and tint."""
    grey: Share = 0.15
    blur: Share = 0.12
    noise: Share = 0.12
    jpeg: Share = 0.15

    def __post_init__(self) -> None:
        if self.scale_high < self.scale_low:
            raise SiteError(f"augmentation: scale_high {self.scale_high:g} is below scale_low {self.scale_low:g}")


def random_crop(
    picture: RgbImage, points_px: PointsPx, side_px: int, rng: np.random.Generator, how: Augmentation
) -> tuple[RgbImage, PointsPx]:
    """A crop of side_px x side_px with its heads, in pixels of the crop."""
    cut = Cut.draw((picture.shape[0], picture.shape[1]), side_px, rng, how)
    return as_a_camera_might(cut.of(picture, side_px), rng, how), cut.points(points_px, side_px)


@dataclass(frozen=True)
class Span:
    """Along one side: which pixels of the picture are shown, how long they become, and where they go in the crop."""

    start_px: int
    stop_px: int
    scaled_px: int
    offset_px: int

    @staticmethod
    def draw(length_px: int, side_px: int, scale: float, rng: np.random.Generator) -> Span:
        """A random place for a crop of side_px on a picture side of length_px.

        Its middle is any pixel's, moved until the picture fills the crop: were its start drawn instead, what stands
        at the picture's border would hardly ever be seen.
        """
        wanted_px = max(1, round(side_px / scale))
        shown_px = min(length_px, wanted_px)
        start_px = min(max(int(rng.integers(length_px)) - shown_px // 2, 0), length_px - shown_px)
        scaled_px = side_px if shown_px == wanted_px else min(side_px, max(1, round(shown_px * scale)))
        return Span(start_px, start_px + shown_px, scaled_px, int(rng.integers(side_px - scaled_px + 1)))

    @property
    def scale(self) -> float:
        return self.scaled_px / (self.stop_px - self.start_px)


@dataclass(frozen=True)
class Cut:
    """A crop that is drawn but not yet made: a window at a random place, its scale, what surrounds it, its mirror."""

    across: Span
    down: Span
    colour: npt.NDArray[np.int64]
    """(3,): what is shown where the picture is too small."""
    shrinks: bool
    mirror: bool

    @staticmethod
    def draw(size_px: tuple[int, int], side_px: int, rng: np.random.Generator, how: Augmentation) -> Cut:
        """size_px: (height, width) of the picture."""
        scale, stretch = (1.0, 1.0) if how.as_is > 0 and rng.random() < how.as_is else drawn_scale(rng, how)
        across = Span.draw(size_px[1], side_px, scale * stretch, rng)
        down = Span.draw(size_px[0], side_px, scale / stretch, rng)
        colour = rng.integers(0, 256, 3)
        return Cut(across, down, colour, bool(scale * stretch < 1), bool(rng.random() < how.mirror))

    def of(self, picture: RgbImage, side_px: int) -> RgbImage:
        """The crop, (side_px, side_px, 3)."""
        across, down = self.across, self.down
        part = picture[down.start_px : down.stop_px, across.start_px : across.stop_px]
        smoothly = cv2.INTER_AREA if self.shrinks else cv2.INTER_LINEAR
        crop = np.full((side_px, side_px, 3), self.colour, np.uint8)
        crop[down.offset_px :, across.offset_px :][: down.scaled_px, : across.scaled_px] = cv2.resize(
            part, (across.scaled_px, down.scaled_px), interpolation=smoothly
        )
        return np.ascontiguousarray(crop[:, ::-1]) if self.mirror else crop

    def points(self, points_px: PointsPx, side_px: int) -> PointsPx:
        """The heads that the crop shows, in its pixels."""
        shown_px = moved(points_px, self.across, self.down)
        return mirrored_points(shown_px, side_px) if self.mirror else shown_px


def drawn_scale(rng: np.random.Generator, how: Augmentation) -> tuple[float, float]:
    """A scale, and the width's share of height."""
    scale = np.exp(rng.uniform(np.log(how.scale_low), np.log(how.scale_high)))
    return float(scale), float(np.exp(rng.uniform(-how.aspect, how.aspect) / 2))


def moved(points_px: PointsPx, across: Span, down: Span) -> PointsPx:
    """The points that the spans show, in pixels of the crop."""
    spans = (across, down)
    starts, stops = np.array([s.start_px for s in spans]), np.array([s.stop_px for s in spans])
    shown = points_px[((points_px >= starts) & (points_px < stops)).all(axis=1)]
    scales, offsets = np.array([s.scale for s in spans]), np.array([s.offset_px for s in spans])
    return np.asarray((shown - starts) * scales + offsets, np.float32)


def as_a_camera_might(crop: RgbImage, rng: np.random.Generator, how: Augmentation) -> RgbImage:
    """Other light, no colour, out of focus, noisy, compressed: each now and then."""
    for share, change in (
        (how.light, relit),
        (how.grey, grey),
        (how.blur, blurred),
        (how.noise, noisy),
        (how.jpeg, compressed),
    ):
        if rng.random() < share:
            crop = change(crop, rng)
    return crop


def grey(crop: RgbImage, rng: np.random.Generator) -> RgbImage:  # noqa: ARG001 - all changes are called alike
    """No colour, as at night."""
    return np.repeat(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.uint8, copy=False)


def blurred(crop: RgbImage, rng: np.random.Generator) -> RgbImage:
    """Out of focus by 0.4 to 1.6 pixels."""
    return cv2.GaussianBlur(crop, (0, 0), float(rng.uniform(0.4, 1.6))).astype(np.uint8, copy=False)


def compressed(crop: RgbImage, rng: np.random.Generator) -> RgbImage:
    """JPEG of quality 20 to 79."""
    packed = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def relit(crop: RgbImage, rng: np.random.Generator) -> RgbImage:
    """Gamma, contrast, brightness and a slight tint, through one table a channel."""
    levels = (np.arange(256) / 255.0) ** np.exp(rng.uniform(-0.35, 0.35))
    levels = (levels - 0.5) * rng.uniform(0.65, 1.35) + 0.5 + rng.uniform(-0.15, 0.15)
    table = np.clip(levels[:, None] * rng.uniform(0.92, 1.08, 3) * 255.0, 0, 255).astype(np.uint8)
    return cv2.LUT(crop, table[None]).astype(np.uint8, copy=False)


def noisy(crop: RgbImage, rng: np.random.Generator) -> RgbImage:
    """Sensor noise of 2 to 14 grey levels."""
    grain = rng.standard_normal(crop.shape[:2], dtype=np.float32)[..., None] * np.float32(rng.uniform(2, 14))
    return np.clip(crop + grain, 0, 255).astype(np.uint8)


def heads_per_cell(points_px: PointsPx, height_px: int, width_px: int, cell_px: int = 8) -> Cells:
    """How many heads have their centre in each cell, (height_px / cell_px, width_px / cell_px), if it is in one."""
    rows, columns = height_px // cell_px, width_px // cell_px
    at = np.floor(points_px / cell_px).astype(np.int64)
    at = at[((at >= 0) & (at < (columns, rows))).all(axis=1)]
    return (
        np.bincount(at[:, 1] * columns + at[:, 0], minlength=rows * columns).reshape(rows, columns).astype(np.float32)
    )


def mirrored(picture: RgbImage, points_px: PointsPx) -> tuple[RgbImage, PointsPx]:
    """Left and right exchanged."""
    return np.ascontiguousarray(picture[:, ::-1]), mirrored_points(points_px, picture.shape[1])


def mirrored_points(points_px: PointsPx, width_px: int) -> PointsPx:
    """The heads of a mirrored picture; one on the left border goes onto the last pixel."""
    width = np.float32(width_px)
    x = np.minimum(width - points_px[:, 0], np.nextafter(width, np.float32(0)))
    return np.column_stack((x, points_px[:, 1])).astype(np.float32)
