"""From pixels to metres: the ground plane, the plane of the heads above it, the grid of people."""

from crushwatch.ground.camera_ground import CameraGround, ground_faults
from crushwatch.ground.check import load_checked_site
from crushwatch.ground.floor import Floor
from crushwatch.ground.grid import GroundGrid, Scatter
from crushwatch.ground.head_plane import Pose, head_plane
from crushwatch.ground.homography import Homography, fit_homography
from crushwatch.ground.laid import laid_down
from crushwatch.ground.lattice import Lattice

__all__ = [
    "CameraGround",
    "Floor",
    "GroundGrid",
    "Homography",
    "Lattice",
    "Pose",
    "Scatter",
    "fit_homography",
    "ground_faults",
    "head_plane",
    "laid_down",
    "load_checked_site",
]
