"""Crushwatch: people per square metre of ground, from cameras, in time to act.

The library knows no camera, no web and no person: it holds the shared language (`site`, `messages`),
the bus, the geometry, the measurements, the rules and the science. `workers` watch, `service` tells.
"""

__version__ = "0.1.0"
