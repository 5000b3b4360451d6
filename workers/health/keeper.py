"""One camera's sight, from the pictures that were analysed: cheap measures each time, dear ones now and then."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np

from crushwatch.rules import CameraSight
from crushwatch.site import CameraRules
from workers.capture.source import RgbImage
from workers.health.arrival import Arrival
from workers.health.cover import Cover
from workers.health.focus import sharpness
from workers.health.hidden import hidden_by_people
from workers.health.median import PICTURES, Grey, median_of_five
from workers.health.place import Place
from workers.health.reference import Reference
from workers.health.stillness import Stillness
from workers.infer.engine import Density

THUMBNAIL_PX = (64, 36)
WORKING_PX = 512
"""The longer side of the picture in which light, edges, cover and place are looked for."""
LOOK_EVERY_S = 1.0
WHITE = 250
FOCUS_EVERY = 2
"""Sharpness is measured at every second look."""


class SightKeeper:
    """Used by one thread. Without a reference it is not watched whether the camera moves.

    Moments are of one clock, whichever: what it says of how long something lasts is as good as that one runs.
    """

    def __init__(
        self, started_at: datetime, rules: CameraRules | None = None, reference: Reference | None = None
    ) -> None:
        self._rules = rules or CameraRules()
        self._waiting_since = started_at
        self._last_frame_at: datetime | None = None
        self._luma: float | None = None
        self._white_share: float | None = None
        self._sharpness: float | None = None
        self._blank_share: float | None = None
        self._stillness = Stillness()
        self._cover = Cover()
        self._place = None if reference is None else Place(reference)
        self._looked_at_s: float | None = None
        self._looks = 0
        self._recent: list[Grey] = []

    def see(
        self,
        image: RgbImage,
        captured_at: datetime,
        *,
        source_width_px: int | None = None,
        people: Density | None = None,
    ) -> None:
        """Take one picture, at any size, without the letterbox's border.

        source_width_px: of the camera's own picture, where `image` may be larger than that.
        people: (rows, columns) a cell of the network over the picture; they are not the scene. None: nobody.
        """
        small = cv2.resize(image, THUMBNAIL_PX, interpolation=cv2.INTER_AREA)
        thumbnail = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        self._luma = float(thumbnail.mean())
        self._stillness.see(thumbnail, captured_at)
        self._last_frame_at = self._waiting_since = captured_at
        at_s = captured_at.timestamp()
        if self._looked_at_s is None or not 0 <= at_s - self._looked_at_s < LOOK_EVERY_S * 0.9:
            self._looked_at_s = at_s
            self._look(_working_picture(image, source_width_px or image.shape[1]), at_s, people)

    def sight(self, reason: str = "", arrival: Arrival | None = None) -> CameraSight:
        """For the rules; `reason` is what capture says of a camera that gives nothing."""
        placed, arrival = self._place and self._place.found, arrival or Arrival()
        return CameraSight(
            waiting_since=self._waiting_since,
            last_frame_at=self._last_frame_at,
            unchanged_since=self._stillness.unchanged_since(),
            luma=self._luma,
            reason=reason,
            motion_known=self._stillness.known,
            white_share=self._white_share,
            sharpness=self._sharpness,
            blank_share=self._blank_share,
            displaced_share=placed.share if placed else None,
            is_elsewhere=placed.is_elsewhere if placed else False,
            sent_rate_hz=arrival.sent_rate_hz,
            wanted_rate_hz=arrival.wanted_rate_hz,
            late_s=arrival.late_s,
            clock_ahead_s=arrival.clock_ahead_s,
        )

    def _look(self, grey: Grey, at_s: float, people: Density | None) -> None:
        self._white_share = float(np.count_nonzero(grey >= WHITE) / grey.size)
        if self._looks % FOCUS_EVERY == 0:
            self._sharpness = sharpness(grey)
        self._looks += 1
        if self._recent and self._recent[0].shape != grey.shape:
            self._recent.clear()
        self._recent.append(grey)
        if len(self._recent) == PICTURES:
            still = median_of_five(self._recent)
            self._recent.clear()
            self._blank_share = self._cover.see(still, at_s)
            if self._place is not None:
                size_px = (still.shape[1], still.shape[0])
                nobody = np.zeros(still.shape, dtype=np.bool_)
                hidden = nobody if people is None else hidden_by_people(people, size_px)
                self._place.see(still, at_s, hidden, is_good=self._is_good())

    def _is_good(self) -> bool:
        """Whether this picture shows the scene as a reference should."""
        rules = self._rules
        return (
            (self._luma or 0.0) >= rules.dark_below_luma
            and (self._white_share or 0.0) <= rules.overexposed_share
            and (self._blank_share or 0.0) <= rules.covered_share
            and (self._sharpness or 0.0) >= rules.blurred_below
        )


def _working_picture(image: RgbImage, source_width_px: int) -> Grey:
    """Grey, its longer side WORKING_PX, but no larger than the camera's own picture: what is enlarged is blurred."""
    height, width = image.shape[:2]
    scale = min(WORKING_PX / max(width, height), source_width_px / width, 1.0)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if scale < 1.0:
        grey = cv2.resize(grey, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    return np.asarray(grey, dtype=np.uint8)
