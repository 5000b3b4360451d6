"""How fast and whereto people move: dense optical flow between two pictures, in metres on the plane of the heads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.ground import CameraGround, Lattice

PX_PER_CELL = 4
"""A density cell is 4 x 4 pixels of the flow's pictures: heads of 10 pixels in the network's input are still seen."""
LARGEST_FLOW_PX = 512 * 288
"""More pixels than this cost more than they tell; larger lattices get fewer pixels a cell."""
FASTEST_M_S = 4.0
"""Nobody in a crowd runs faster: what seems to is a mismatch of the two pictures."""
FEWEST_PEOPLE = 0.5
"""With fewer people than this in a region there is nobody whose motion could be told."""

Grey = npt.NDArray[np.uint8]
"""(H, W), brightness."""
VectorField = npt.NDArray[np.float32]
"""(rows, columns, 2)."""


@dataclass(frozen=True)
class GreyPair:
    """Two grey pictures of one camera, (H, W) uint8, `apart_s` seconds apart (above 0), that cover one lattice."""

    before: Grey
    now: Grey
    apart_s: float


@dataclass(frozen=True)
class Displacement:
    """How far the content of each density cell has come in `apart_s` seconds: (rows, columns, 2) cells, x then y."""

    cells: VectorField
    apart_s: float


@dataclass(frozen=True)
class Motion:
    """The motion of a region's people. `heading_deg`: from the ground's x axis towards its y axis, 0 to 360."""

    speed_m_s: float
    velocity_m_s: tuple[float, float]
    variance_m2_s2: float

    @property
    def heading_deg(self) -> float:
        """Direction of the mean velocity."""
        return math.degrees(math.atan2(self.velocity_m_s[1], self.velocity_m_s[0])) % 360


def flow_picture_size_px(lattice: Lattice) -> tuple[int, int]:
    """Width and height of the grey pictures from which the flow of a lattice is measured.

    >>> flow_picture_size_px(Lattice(rows=72, columns=128, origin_px=(0, 0), pitch_px=(10, 10)))
    (512, 288)
    """
    cells = lattice.rows * lattice.columns
    scale = min(float(PX_PER_CELL), math.sqrt(LARGEST_FLOW_PX / cells))
    return round(lattice.columns * scale), round(lattice.rows * scale)


class OpticalFlow:
    """Dense flow by inverse search, at its fastest but one scale finer: some 5 ms on one core. Used by one thread.

    Source: Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016 (OpenCV's DISOpticalFlow).
    """

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._flow.setFinestScale(1)
        self._flow.setGradientDescentIterations(8)
        self._flow.setVariationalRefinementIterations(0)

    def displacement(self, pair: GreyPair, lattice: Lattice) -> Displacement:
        """The mean flow in each of the lattice's cells.

        It is sought from the newest picture back, so that it belongs to where people are now. Too short by a tenth for
        single walkers (the still floor around them weighs in), and by more the farther the pictures are apart: 0.1 s is
        best, above 0.35 s walkers are lost.
        """
        back_px = -self._flow.calc(pair.now, pair.before, None)  # type: ignore[call-overload]  # None: no first guess
        cells = cv2.resize(back_px, (lattice.columns, lattice.rows), interpolation=cv2.INTER_AREA)
        cells_per_px = np.array([lattice.columns / pair.now.shape[1], lattice.rows / pair.now.shape[0]])
        return Displacement((cells * cells_per_px).astype(np.float32), pair.apart_s)


class GroundMotion:
    """The maps from a lattice to the ground, made once for one camera."""

    def __init__(self, lattice: Lattice, ground: CameraGround) -> None:
        self._lattice = lattice
        self._ground = ground
        self._middles_px = lattice.samples(1)
        self._places_m = ground.image_to_head.apply(self._middles_px)

    def velocity_m_s(self, displacement: Displacement) -> VectorField:
        """(rows, columns, 2) metres per second on the ground, of whoever's head is seen in each density cell.

        v = (G(p) - G(p - f)) / dt with p a cell's middle, f the mean optical flow in the cell in pixels, G the map from
        the picture to the plane of the heads. NaN where no ground is seen and where somebody would run faster than
        FASTEST_M_S.
        """
        moved_px = displacement.cells.reshape(-1, 2).astype(np.float64) * self._lattice.pitch_px
        moved_m = self._places_m - self._ground.image_to_head.apply(self._middles_px - moved_px)
        velocity = moved_m / displacement.apart_s
        with np.errstate(invalid="ignore"):
            velocity[~(np.hypot(velocity[:, 0], velocity[:, 1]) <= FASTEST_M_S)] = np.nan
        return velocity.reshape(self._lattice.rows, self._lattice.columns, 2).astype(np.float32)


def crowd_motion(people: npt.NDArray[np.floating], velocity_m_s: npt.NDArray[np.floating]) -> Motion | None:
    """The mean motion of a region's people, each person with the same weight.

    people:       (N,) people in each cell (or one for each person)
    velocity_m_s: (N, 2); NaN: nothing known, left out
    speed = sum(n |v|) / sum(n), velocity u = sum(n v) / sum(n), variance = sum(n |v - u|^2) / sum(n).
    None with fewer than FEWEST_PEOPLE whose velocity is known.

    >>> walking = crowd_motion(np.ones(2), np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> walking and (walking.speed_m_s, walking.velocity_m_s, walking.variance_m2_s2, round(walking.heading_deg))
    (1.0, (0.5, 0.5), 0.5, 45)
    """
    known = np.isfinite(velocity_m_s).all(axis=1)
    weights, velocity = people[known].astype(np.float64), velocity_m_s[known].astype(np.float64)
    total = float(weights.sum())
    if total < FEWEST_PEOPLE:
        return None
    mean = weights @ velocity / total
    speed = float(weights @ np.hypot(velocity[:, 0], velocity[:, 1])) / total
    variance = float(weights @ np.square(velocity - mean).sum(axis=1)) / total
    return Motion(speed, (float(mean[0]), float(mean[1])), variance)
