"""Moved: whether the scene still lies in the picture where its reference picture has it.

Corners of both pictures are matched by their surroundings (ORB: Rublee et al., ICCV 2011), and a similarity is fitted
to the matches (RANSAC). Both pictures are medians of several, so that who walks through is in neither, with local
contrast raised, so that paving counts and dusk does not. Corners are looked for where nobody stands first, for a
packed crowd has more of them than the scene; and only there it is judged whether this is another place altogether.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workers.health.hidden import Mask
from workers.health.median import Grey
from workers.health.reference import Reference, ReferenceTaker

LOOK_EVERY_S = 10.0
STRANGE_LOOKS = 3
"""So often in a row the scene must be another one."""
MOST_LIGHT = 2.5
"""So many times brighter or darker than its reference a scene may look like another one."""
STILL_SHARE = 0.01
CORNERS = 700
AGREEING_NEEDED = 15
"""Matches that must agree. Two pictures of different places had 5 at most."""
STRANGERS_AGREEING = 8
"""Fewer than this agree on nothing."""
CORNERS_TO_JUDGE = 150
"""So many corners are to be found, in both and where nobody stands now, if pictures can be compared at all."""
REACH_PX = 3.0
RATIO = 0.8
"""A match must be so much nearer than the second best (Lowe, IJCV 2004)."""


@dataclass(frozen=True)
class View:
    """The corners of one picture: (N, 2) places in pixels, (N, 32) surroundings."""

    size_px: tuple[int, int]
    places_px: npt.NDArray[np.float32]
    surroundings: npt.NDArray[np.uint8]
    luma: float

    @staticmethod
    def of(grey: Grey, hidden: Mask | None = None) -> View:
        """hidden: where the scene is not to be seen. Costs some 6 ms for 512 x 288 pixels."""
        contrast = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(grey)
        seen = None if hidden is None else np.where(hidden, np.uint8(0), np.uint8(255))
        corners, surroundings = cv2.ORB.create(nfeatures=CORNERS, fastThreshold=8).detectAndCompute(contrast, seen)
        if surroundings is None:
            surroundings = np.empty((0, 32), np.uint8)
        places = np.array([corner.pt for corner in corners], np.float32).reshape(-1, 2)
        size_px = (grey.shape[1], grey.shape[0])
        return View(size_px, places, np.asarray(surroundings, np.uint8), float(grey.mean()))

    def outside(self, hidden: Mask) -> int:
        """How many of its corners lie where nothing is hidden."""
        columns, rows = np.floor(self.places_px).astype(int).T
        return int(np.count_nonzero(~hidden[rows, columns]))


@dataclass(frozen=True)
class Placement:
    """agreeing: matches that fit one displacement; share: its mean over the picture, in widths, None of too few."""

    agreeing: int
    share: float | None


def placement(reference: View, now: View) -> Placement:
    """Where the scene of `reference` lies in `now`; both of one size."""
    if min(len(reference.places_px), len(now.places_px)) < AGREEING_NEEDED:
        return Placement(0, None)
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(now.surroundings, reference.surroundings, k=2)
    clear = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance]
    if len(clear) < STRANGERS_AGREEING:
        return Placement(len(clear), None)
    was = reference.places_px[[match.trainIdx for match in clear]]
    is_now = now.places_px[[match.queryIdx for match in clear]]
    map_, agree = cv2.estimateAffinePartial2D(was, is_now, method=cv2.RANSAC, ransacReprojThreshold=REACH_PX)
    agreeing = 0 if map_ is None else int(agree.sum())
    if map_ is None or agreeing < AGREEING_NEEDED:
        return Placement(agreeing, None)
    return Placement(agreeing, _mean_shift(np.asarray(map_, np.float64), now.size_px) / now.size_px[0])


def _mean_shift(map_: npt.NDArray[np.float64], size_px: tuple[int, int]) -> float:
    """Mean length of the displacement over nine points of the picture, in pixels."""
    xs, ys = np.meshgrid(*(np.linspace(0.1, 0.9, 3) * side for side in size_px))
    points = np.column_stack([xs.reshape(-1), ys.reshape(-1)])
    return float(np.linalg.norm(points @ map_[:, :2].T + map_[:, 2] - points, axis=1).mean())


@dataclass(frozen=True)
class Found:
    """share: the displacement, None where it cannot be told now. is_elsewhere: nothing of the reference is there."""

    share: float | None = None
    is_elsewhere: bool = False


class Place:
    """One camera's. It takes a reference of its own where there is none; until then nothing can be told."""

    def __init__(self, reference: Reference) -> None:
        self._kept = reference
        self._taker = ReferenceTaker() if reference.may_be_taken else None
        self._picture: Grey | None = reference.load()
        self._reference: View | None = None
        self._before: View | None = None
        self._strangers = 0
        self._looked_at_s: float | None = None
        self.found = Found()

    def see(self, grey: Grey, at_s: float, hidden: Mask, *, is_good: bool) -> None:
        """Take the median of some pictures. hidden: where people stand. is_good: it may serve as a reference."""
        if self._picture is None:
            self._take(grey, at_s, is_good=is_good)
            return
        if self._looked_at_s is not None and 0 <= at_s - self._looked_at_s < LOOK_EVERY_S * 0.9:
            return
        self._looked_at_s = at_s
        now, reference = View.of(grey, hidden), self._view(self._picture, grey)
        share = placement(reference, now).share
        if share is None and hidden.any():
            share = placement(reference, View.of(grey)).share
        is_stranger = share is None and self._is_strange(reference, now, hidden)
        self._strangers = self._strangers + 1 if is_stranger else 0
        self._before = now
        self.found = Found(share, is_elsewhere=self._strangers >= STRANGE_LOOKS)

    def _take(self, grey: Grey, at_s: float, *, is_good: bool) -> None:
        if self._taker is not None:
            self._picture = self._taker.see(grey, at_s, is_good=is_good)
            if self._picture is not None:
                self._kept.keep(self._picture)

    def _view(self, picture: Grey, like: Grey) -> View:
        """The reference's corners, in a picture of the size of `like`."""
        size_px = (like.shape[1], like.shape[0])
        if self._reference is None or self._reference.size_px != size_px:
            how = cv2.INTER_AREA if picture.shape[1] >= size_px[0] else cv2.INTER_LINEAR
            self._reference = View.of(np.asarray(cv2.resize(picture, size_px, interpolation=how), np.uint8))
        return self._reference

    def _is_strange(self, reference: View, now: View, hidden: Mask) -> bool:
        """Another scene: much in it, nobody before it, in a light like the reference's, standing still."""
        if min(reference.outside(hidden), len(now.places_px)) < CORNERS_TO_JUDGE:
            return False
        if not 1 / MOST_LIGHT < now.luma / max(reference.luma, 1.0) < MOST_LIGHT:
            return False
        if self._before is None or self._before.size_px != now.size_px:
            return False
        still = placement(self._before, now).share
        return still is not None and still < STILL_SHARE and placement(reference, now).agreeing < STRANGERS_AGREEING
