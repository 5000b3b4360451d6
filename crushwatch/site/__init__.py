"""What a person configures: one YAML file, read and checked here and nowhere else."""

from crushwatch.site.camera import Camera, Ground, GroundPoint
from crushwatch.site.channel import Webhook
from crushwatch.site.load import load_site, parse_site
from crushwatch.site.region import Actions, Region
from crushwatch.site.rule import CameraRules, Levels, RaiseAfter, Rules
from crushwatch.site.secret import SecretText, SecretUrl, redact
from crushwatch.site.site import Bus, Service, Site, Worker

__all__ = [
    "Actions",
    "Bus",
    "Camera",
    "CameraRules",
    "Ground",
    "GroundPoint",
    "Levels",
    "RaiseAfter",
    "Region",
    "Rules",
    "SecretText",
    "SecretUrl",
    "Service",
    "Site",
    "Webhook",
    "Worker",
    "load_site",
    "parse_site",
    "redact",
]
