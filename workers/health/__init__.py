"""What the worker has seen of each camera, and its own heartbeat.

Each measure of a picture is a file of its own: `stillness`, `light`, `focus`, `cover`, `place`; `keeper` asks them in
turn and `crushwatch.rules.sight` judges what they say.
"""

from workers.health.keeper import SightKeeper
from workers.health.pulse import WorkerPulse

__all__ = ["SightKeeper", "WorkerPulse"]
