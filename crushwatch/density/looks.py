"""What cameras do to pictures, as `augment.as_a_camera_might` does it, for a whole batch on its device.

Light, grey and blur are the same functions; noise has other grains; JPEG is its transform and rounding without the
coding (8 x 8 cosines, the standard's tables, colour at half size).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from crushwatch.density.augment import Augmentation

Amount = TypeVar("Amount")
BLUR_REACH_PX = 5
GREY = (0.299, 0.587, 0.114)
BLOCK_PX = 8
LUMA_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMA_TABLE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
"""Tables K.1 and K.2 of the JPEG standard (ITU-T T.81)."""


@dataclass(frozen=True)
class Light:
    """Gamma, contrast, brightness and a tint of each channel; see `augment.relit`."""

    gamma: float
    contrast: float
    brightness: float
    tint: tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """What one crop goes through; nothing by default."""

    light: Light | None = None
    grey: bool = False
    blur_px: float = 0.0
    noise_levels: float = 0.0
    jpeg_quality: int = 0

    @staticmethod
    def draw(rng: np.random.Generator, how: Augmentation) -> Look:
        """By the random numbers of `augment.as_a_camera_might`, the grain of the noise left out."""
        return Look(
            light=drawn_light(rng) if rng.random() < how.light else None,
            grey=bool(rng.random() < how.grey),
            blur_px=float(rng.uniform(0.4, 1.6)) if rng.random() < how.blur else 0.0,
            noise_levels=float(rng.uniform(2, 14)) if rng.random() < how.noise else 0.0,
            jpeg_quality=int(rng.integers(20, 80)) if rng.random() < how.jpeg else 0,
        )


def drawn_light(rng: np.random.Generator) -> Light:
    """In the order of `augment.relit`."""
    gamma = float(np.exp(rng.uniform(-0.35, 0.35)))
    contrast, brightness = rng.uniform(0.65, 1.35), rng.uniform(-0.15, 0.15)
    red, green, blue = rng.uniform(0.92, 1.08, 3)
    return Light(gamma, float(contrast), float(brightness), (float(red), float(green), float(blue)))


def looked(images: Tensor, looks: Sequence[Look], generator: torch.Generator) -> Tensor:
    """The images after what their looks say; (n, side, side, 3) float32 of whole numbers 0 to 255, before and after.

    side is a multiple of 16. generator: on the images' device.
    """
    images = changed(images, [look.light for look in looks], relit)
    images = changed(images, [look.grey or None for look in looks], lambda part, _: grey(part))
    images = changed(images, [look.blur_px or None for look in looks], blurred)
    images = changed(images, [look.noise_levels or None for look in looks], lambda x, n: noisy(x, n, generator))
    return changed(images, [look.jpeg_quality or None for look in looks], compressed)


def changed(
    images: Tensor, how: Sequence[Amount | None], change: Callable[[Tensor, Sequence[Amount]], Tensor]
) -> Tensor:
    """The images with `change` made to those for which `how` is not None."""
    wanted = [(number, value) for number, value in enumerate(how) if value is not None]
    if not wanted:
        return images
    which = on_device([number for number, _ in wanted], images, torch.int64)
    return images.index_copy_(0, which, change(images[which], [value for _, value in wanted]))


def relit(images: Tensor, lights: Sequence[Light]) -> Tensor:
    """Other light."""
    values = on_device([(li.gamma, li.contrast, li.brightness, *li.tint) for li in lights], images)
    gamma, contrast, brightness = (part[:, None, None, None] for part in values[:, :3].unbind(1))
    levels = ((images / 255.0) ** gamma - 0.5) * contrast + 0.5 + brightness
    return (levels * values[:, None, None, 3:] * 255.0).clamp_(0, 255).floor_()


def grey(images: Tensor) -> Tensor:
    """No colour."""
    return (images @ on_device(GREY, images)).round_()[..., None].expand(-1, -1, -1, 3)


def blurred(images: Tensor, sigmas_px: Sequence[float]) -> Tensor:
    """Out of focus, each by its own Gaussian."""
    n, side = images.shape[0], images.shape[1]
    reach = torch.arange(-BLUR_REACH_PX, BLUR_REACH_PX + 1, device=images.device, dtype=torch.float32)
    kernels = torch.exp(-0.5 * (reach / on_device(sigmas_px, images)[:, None]) ** 2)
    kernels = (kernels / kernels.sum(1, keepdim=True)).repeat_interleave(3, 0)[:, None]
    planes = F.pad(images.permute(0, 3, 1, 2), (BLUR_REACH_PX,) * 4, mode="reflect").reshape(1, 3 * n, -1, side + 10)
    planes = F.conv2d(planes, kernels[:, :, :, None], groups=3 * n)
    planes = F.conv2d(planes, kernels[:, :, None, :], groups=3 * n)
    return planes.reshape(n, 3, side, side).permute(0, 2, 3, 1).round()


def noisy(images: Tensor, levels: Sequence[float], generator: torch.Generator) -> Tensor:
    """Sensor noise, one grain for all channels."""
    grain = torch.randn(images.shape[:3], generator=generator, device=images.device)[..., None]
    return (images + grain * on_device(levels, images)[:, None, None, None]).clamp_(0, 255).floor_()


def compressed(images: Tensor, qualities: Sequence[int]) -> Tensor:
    """What JPEG of that quality leaves of them."""
    coarse = on_device([5000 / q if q < 50 else 200 - 2 * q for q in qualities], images)[:, None, None]
    tables = [((on_device(t, images) * coarse + 50) / 100).floor().clamp(1, 255) for t in (LUMA_TABLE, CHROMA_TABLE)]
    luma = images @ on_device(GREY, images)
    colour = torch.stack(((images[..., 2] - luma) * 0.5643, (images[..., 0] - luma) * 0.7133), dim=1)
    luma = rounded_cosines(luma - 128.0, tables[0]) + 128.0
    small = F.avg_pool2d(colour, 2).round()
    small = torch.stack([rounded_cosines(plane, tables[1]) for plane in small.unbind(1)], dim=1)
    blue, red = F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False).unbind(1)
    green = luma - 0.344136 * blue - 0.714136 * red
    return torch.stack((luma + 1.402 * red, green, luma + 1.772 * blue), dim=-1).round_().clamp_(0, 255)


def rounded_cosines(planes: Tensor, tables: Tensor) -> Tensor:
    """Each 8 x 8 block of (n, side, side) as cosines, rounded to multiples of its (n, 8, 8) table, and back."""
    cosines = on_device(cosine_basis(), planes)
    n, side = planes.shape[0], planes.shape[1]
    blocks = planes.reshape(n, side // BLOCK_PX, BLOCK_PX, -1, BLOCK_PX).transpose(2, 3)
    table = tables[:, None, None]
    kept = (cosines @ blocks @ cosines.T / table).round_() * table
    return (cosines.T @ kept @ cosines).transpose(2, 3).reshape(n, side, -1)


def cosine_basis() -> list[list[float]]:
    """The orthonormal discrete cosine transform of eight values, (frequency, place)."""
    frequency, place = np.mgrid[:BLOCK_PX, :BLOCK_PX]
    basis = np.cos((2 * place + 1) * frequency * np.pi / (2 * BLOCK_PX)) * np.sqrt(2 / BLOCK_PX)
    basis[0] /= np.sqrt(2)
    return [[float(value) for value in row] for row in basis]


def on_device(values: object, like: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Numbers as a tensor beside `like`, sent without waiting for the device."""
    tensor = torch.tensor(values, dtype=dtype)
    if like.device.type == "cuda":
        tensor = tensor.pin_memory()
    return tensor.to(like.device, non_blocking=True)
