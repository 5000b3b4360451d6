"""The ground as one camera of a site sees it: all the maps between its picture and metres in one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import shapely

from crushwatch.errors import GroundError
from crushwatch.ground.floor import Floor
from crushwatch.ground.grid import GroundGrid
from crushwatch.ground.head_plane import Pose, head_plane
from crushwatch.ground.homography import Homography, Points, fit_homography
from crushwatch.ground.lens import FromPicture, LensMap, ToPicture
from crushwatch.site import Camera, Gate, Ground, Outline, Site
from crushwatch.site.fault import Finding

_Part = TypeVar("_Part")

BETWEEN_M = 0.5
"""So near to the known points is as good as between them."""
CURVE_PIECES = 12
"""Edges are cut into so many where a lens bends them."""
MET_EXACTLY = 4
"""So many points say nothing of how good they are: a plane has eight degrees of freedom."""
NO_GROUND = "no ground is there; draw it lower, around the feet"


@dataclass(frozen=True)
class CameraGround:
    """Maps between pixels of `picture_size_px` and metres, for points of the ground and for heads above it."""

    picture_size_px: tuple[int, int]
    head_height_m: float
    ground_to_image: Homography
    image_to_ground: Homography
    head_to_image: Homography
    image_to_head: Homography
    pose: Pose
    reprojection_error_px: float | None
    """How well the known points agree, root mean square; None for four, which any plane meets exactly."""
    points_m: Points
    """The known points."""

    @staticmethod
    def fit(ground: Ground, picture_size_px: tuple[int, int]) -> CameraGround:
        """From four or more known points; raises GroundError where no camera could have seen them so."""
        lens = None if ground.lens is None else LensMap(ground.lens, picture_size_px)
        pixels = _straight_points(ground, lens)
        metres = np.array([point.m for point in ground.points], dtype=np.float64)
        ground_to_image, error_px = fit_homography(metres, pixels)
        focal_px = None if ground.lens is None else ground.lens.focal_px
        head_to_image, pose = head_plane(ground_to_image, picture_size_px, ground.head_height_m, focal_px)
        ahead = metres.mean(axis=0)
        return CameraGround(
            picture_size_px=picture_size_px,
            head_height_m=ground.head_height_m,
            ground_to_image=_to_picture(ground_to_image, lens),
            image_to_ground=_from_picture(ground_to_image.inverse(ahead), lens),
            head_to_image=_to_picture(head_to_image, lens),
            image_to_head=_from_picture(head_to_image.inverse(ahead), lens),
            pose=pose,
            reprojection_error_px=error_px if len(np.unique(pixels, axis=0)) > MET_EXACTLY else None,
            points_m=metres,
        )

    @staticmethod
    def of(camera: Camera) -> CameraGround | None:
        """A camera's, or None where its points are not known; raises GroundError as `fit` does."""
        if camera.ground is None or camera.picture_size_px is None:
            return None
        return CameraGround.fit(camera.ground, camera.picture_size_px)

    def floor(self, region: Outline, obstacles: Iterable[Outline] = ()) -> Floor:
        """Where people can stand in the region; raises GroundError where a corner lies beyond the horizon."""
        return Floor(self.outline_m(region), tuple(self.outline_m(obstacle) for obstacle in obstacles))

    def outline_m(self, drawn: Outline) -> Points:
        """Its corners on the ground, (N, 2) metres; raises GroundError where one lies beyond the horizon."""
        if drawn.polygon_m is not None:
            return np.array(drawn.polygon_m, dtype=np.float64)
        pieces = self._pieces()
        corners = self.image_to_ground.apply(_in_pieces(np.array(drawn.polygon_px, dtype=np.float64), pieces))
        if np.isnan(corners).any():
            number = int(np.argmax(np.isnan(corners).any(axis=1))) // pieces
            raise GroundError(f"polygon_px[{number}] lies above the horizon: {NO_GROUND}", ("polygon_px", number))
        return corners

    def outline_px(self, drawn: Outline) -> Points:
        """Its corners in the picture, (N, 2) pixels; the part behind the camera is cut off."""
        if drawn.polygon_px is not None:
            return np.array(drawn.polygon_px, dtype=np.float64)
        ahead = self._in_front(np.array(drawn.polygon_m, dtype=np.float64))
        outline = self.ground_to_image.apply(_in_pieces(ahead, self._pieces()))
        shown = outline[np.isfinite(outline).all(axis=1)]
        if len(shown) < 3:
            raise GroundError("it lies where the lens shows nothing")
        return shown

    def _pieces(self) -> int:
        """Into how many an edge is cut: a straight edge is none on the other side of a lens that bends."""
        return CURVE_PIECES if isinstance(self.ground_to_image, ToPicture) else 1

    def line_m(self, gate: Gate) -> Points:
        """Both ends of the gate on the ground, (2, 2) metres; raises GroundError where one lies beyond the horizon."""
        if gate.line_m is not None:
            return np.array(gate.line_m, dtype=np.float64)
        ends = self.image_to_ground.apply(np.array(gate.line_px, dtype=np.float64))
        if np.isnan(ends).any():
            raise GroundError(f"line_px reaches above the horizon: {NO_GROUND}", ("line_px",))
        return ends

    def line_px(self, gate: Gate) -> Points:
        """Both ends of the gate in the picture, (2, 2) pixels; raises GroundError where one lies behind the camera."""
        if gate.line_px is not None:
            return np.array(gate.line_px, dtype=np.float64)
        ends = self.ground_to_image.apply(np.array(gate.line_m, dtype=np.float64))
        if not np.isfinite(ends).all():
            raise GroundError("it reaches behind the camera")
        return ends

    def sees_heads_at(self, points_m: Points) -> npt.NDArray[np.bool_]:
        """Which ground positions (N, 2) have the head of a person standing there inside the picture."""
        heads = self.head_to_image.apply(points_m)
        with np.errstate(invalid="ignore"):
            inside = (heads >= 0) & (heads < np.asarray(self.picture_size_px))
        return np.asarray(inside.all(axis=1), dtype=np.bool_)

    def extrapolates_to(self, points_m: Points) -> npt.NDArray[np.bool_]:
        """Which ground positions (N, 2) lie outside the known points, where their errors grow."""
        known = shapely.MultiPoint(self.points_m).convex_hull.buffer(BETWEEN_M)
        shapely.prepare(known)
        return np.asarray(~shapely.contains_xy(known, points_m[:, 0], points_m[:, 1]), dtype=np.bool_)

    def pixels_per_metre(self, points_m: Points) -> npt.NDArray[np.float64]:
        """Width in pixels of one metre across the view, at head height above each ground position; NaN behind."""
        depth_row = self.head_to_image.matrix[2]
        reference = self._unit_depth()
        depth = (points_m @ depth_row[:2] + depth_row[2]) / reference
        per_metre = np.where(depth > 0, self.pose.focal_px / np.maximum(depth, 1e-9), np.nan)
        if not isinstance(self.head_to_image, ToPicture):
            return per_metre
        straight_px = Homography(self.head_to_image.matrix).apply(points_m)
        return np.asarray(per_metre * self.head_to_image.lens.magnification(straight_px), dtype=np.float64)

    def _unit_depth(self) -> float:
        """What one metre of depth along the optical axis is in the homography's scale: |K^-1 h1| = |K^-1 h2|."""
        width, height = self.picture_size_px
        centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]], dtype=np.float64)
        columns = np.diag([1 / self.pose.focal_px, 1 / self.pose.focal_px, 1.0]) @ centre @ self.head_to_image.matrix
        return float((np.linalg.norm(columns[:, 0]) + np.linalg.norm(columns[:, 1])) / 2)

    def _in_front(self, outline: Points) -> Points:
        row = self.ground_to_image.matrix[2]
        depth = (outline @ row[:2] + row[2]) / self._unit_depth()
        if (depth > 0.1).all():
            return outline
        norm = float(np.linalg.norm(row[:2]))
        direction = row[:2] / norm
        nearest = direction * ((0.1 * self._unit_depth() - row[2]) / norm)
        across = np.array([-direction[1], direction[0]])
        far = 1e5
        ahead = shapely.Polygon(
            [nearest - far * across, nearest + far * across, nearest + far * (across + direction),
             nearest + far * (direction - across)]
        )  # fmt: skip
        cut = shapely.intersection(shapely.Polygon(outline), ahead)
        if cut.is_empty or not isinstance(cut, shapely.Polygon):
            raise GroundError("it lies behind the camera")
        return np.array(cut.exterior.coords[:-1])


def _straight_points(ground: Ground, lens: LensMap | None) -> Points:
    pixels = np.array([point.px for point in ground.points], dtype=np.float64)
    straight = pixels if lens is None else lens.straighten(pixels)
    if np.isnan(straight).any():
        number = int(np.argmax(np.isnan(straight).any(axis=1)))
        said = f"points[{number}] lies where this lens shows nothing; check its coefficients and focal_px"
        raise GroundError(said, ("points", number))
    return straight


def _to_picture(homography: Homography, lens: LensMap | None) -> Homography:
    return homography if lens is None else ToPicture(homography.matrix, lens)


def _from_picture(homography: Homography, lens: LensMap | None) -> Homography:
    return homography if lens is None else FromPicture(homography.matrix, lens)


def _in_pieces(outline: Points, pieces: int) -> Points:
    """The outline with each edge cut into so many pieces."""
    shares = np.arange(pieces)[None, :, None] / pieces
    cut = outline[:, None, :] * (1 - shares) + np.roll(outline, -1, axis=0)[:, None, :] * shares
    return np.asarray(cut.reshape(-1, 2), dtype=np.float64)


def ground_faults(site: Site) -> list[Finding]:
    """What is wrong with the ground of each camera, one sentence a fault; empty if all is well."""
    faults: list[Finding] = []
    for key, camera in site.cameras.items():
        faults += [Finding(("cameras", key, *part), text, at) for part, text, at in _camera_faults(camera)]
    return faults


def _camera_faults(camera: Camera) -> list[Finding]:
    try:
        ground = CameraGround.of(camera)
    except GroundError as error:
        return [Finding(("ground",), str(error), error.at or ("points",))]
    if ground is None:
        return []
    faults = list(_faults_of("obstacles", camera.obstacles, ground.outline_m))
    obstacles = () if faults else tuple(camera.obstacles.values())
    faults += _faults_of("regions", camera.regions, lambda region: _refuse_unseen(ground, region, obstacles))
    return [*faults, *_faults_of("gates", camera.gates, ground.line_m)]


def _faults_of(kind: str, parts: Mapping[str, _Part], attempt: Callable[[_Part], object]) -> Iterator[Finding]:
    for key, part in parts.items():
        try:
            attempt(part)
        except GroundError as error:
            yield Finding((kind, key), str(error), error.at)


def _refuse_unseen(ground: CameraGround, region: Outline, obstacles: Iterable[Outline]) -> None:
    floor = ground.floor(region, obstacles)
    GroundGrid.around(floor.outline_m)
    ground.outline_px(region)
    if floor.area_m2 <= 0:
        raise GroundError(
            "obstacles cover it whole: nobody can stand in it; draw them around their foot, or leave the region out"
        )
