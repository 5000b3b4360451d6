"""What a person configures: one YAML file, read and checked here and nowhere else."""

from crushwatch.site.camera import Camera, Ground, GroundPoint, Lens
from crushwatch.site.channel import Webhook
from crushwatch.site.gate import Gate
from crushwatch.site.load import load_site, parse_site
from crushwatch.site.obstacle import Obstacle
from crushwatch.site.outline import Outline
from crushwatch.site.region import Actions, Region
from crushwatch.site.rule import (
    CameraRules,
    CompressionRule,
    CounterflowRule,
    ForecastRule,
    Levels,
    PressureRule,
    RaiseAfter,
    RiseRule,
    Rules,
    StandstillRule,
)
from crushwatch.site.secret import SecretText, SecretUrl, redact
from crushwatch.site.site import Bus, Service, Site, Worker

__all__ = [
    "Actions",
    "Bus",
    "Camera",
    "CameraRules",
    "CompressionRule",
    "CounterflowRule",
    "ForecastRule",
    "Gate",
    "Ground",
    "GroundPoint",
    "Lens",
    "Levels",
    "Obstacle",
    "Outline",
    "PressureRule",
    "RaiseAfter",
    "Region",
    "RiseRule",
    "Rules",
    "SecretText",
    "SecretUrl",
    "Service",
    "Site",
    "StandstillRule",
    "Webhook",
    "Worker",
    "load_site",
    "parse_site",
    "redact",
]
