"""The site: everything that a person configures, in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from crushwatch.site.camera import Camera
from crushwatch.site.channel import Webhook
from crushwatch.site.part import Identifier, Misfit, MisfitsError, Part
from crushwatch.site.rule import Rules
from crushwatch.site.secret import ESCAPES, SecretText, SecretUrl, leads_to_a_host


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones, as Asia
        raise ValueError(f"no time zone {name!r}; names are like Asia/Seoul, Europe/London or UTC") from error
    return name


def _redis_address(url: SecretUrl) -> SecretUrl:
    text = url.reveal()
    if text.startswith(("unix://", "memory://")):
        return url
    if not text.startswith(("redis://", "rediss://")) or not leads_to_a_host(text):
        raise ValueError(f"must be redis://host:port/number, rediss:// or unix://; {ESCAPES}")
    return url


class Bus(Part):
    """Redis, through which workers and service speak."""

    url: Annotated[SecretUrl, AfterValidator(_redis_address)] = Field(
        default=SecretUrl("redis://127.0.0.1:6379/0"), description="redis://, rediss:// or unix://."
    )
    readings_kept: int = Field(
        default=100_000, ge=1000, le=10_000_000, description="Readings kept in the stream (about)."
    )


class Worker(Part):
    """What the cameras' worker runs."""

    model: str = Field(default="compact", description="A model of `crushwatch models`, or the path of an ONNX file.")
    engine: Literal["auto", "openvino", "torch", "tensorrt"] = Field(
        default="auto", description="What runs the network; auto: tensorrt where there is an NVIDIA GPU, else openvino."
    )
    precision: Literal["auto", "fp32", "fp16", "bf16", "int8", "fp8"] = Field(
        default="auto",
        description="Arithmetic; auto takes the fastest that the processor has without INT8. fp8: TensorRT alone.",
    )
    batch_size: int = Field(default=4, ge=1, le=64, description="Frames in one batch at most.")
    threads: int = Field(default=0, ge=0, le=256, description="Threads of the network; 0: all cores.")
    state_dir: Path = Field(
        default=Path("state"), description="Where alerts wait while Redis is away and the rules keep their state."
    )
    outbox_limit: int = Field(default=100_000, ge=100, le=10_000_000, description="Alert events kept on disk at most.")
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port of the worker's /metrics and /healthz; 0: none."
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address of metrics_port; any other than loopback only behind a firewall."
    )

    @field_validator("precision")
    @classmethod
    def _fp8_is_tensorrts(cls, precision: str, before: ValidationInfo) -> str:
        engine = before.data.get("engine", "auto")
        if precision == "fp8" and engine not in ("auto", "tensorrt"):
            raise ValueError(f"fp8 needs engine tensorrt, not {engine}")
        return precision


class Service(Part):
    """The dashboard, the API and the notifications."""

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; any but loopback needs password or token."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database: SecretUrl = Field(
        default=SecretUrl("sqlite:///crushwatch.db"),
        description="SQLAlchemy URL: sqlite:///FILE or postgresql+psycopg://.",
    )
    password: SecretText | None = Field(default=None, description="What a person types to see the dashboard.")
    token: SecretText | None = Field(default=None, description="What a program sends: Authorization: Bearer TOKEN.")
    allowed_origins: tuple[str, ...] = Field(
        default=(), description="Other origins (https://host) whose pages may open the live channel."
    )
    readings_kept_days: float = Field(default=7, gt=0, le=3650, description="Days for which readings are stored.")
    alerts_kept_days: float = Field(default=365, gt=0, le=36500, description="Days for which closed alerts are stored.")


class Site(Part):
    """One venue: its cameras, the ground they see, the rules, and who is told."""

    schema_version: Literal[1] = Field(default=1, description="Version of this file's form.")
    id: Identifier = Field(description="Stands in every message and metric.")
    name: str = Field(default="", max_length=80, description="What people call the site; the id if left out.")
    revision: int = Field(default=1, ge=1, description="Raise it with every change: it is shown beside every worker.")
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="UTC", description="The zone of the times on screen, as Asia/Seoul."
    )
    cameras: dict[Identifier, Camera] = Field(min_length=1, description="The cameras, by id.")
    rules: Rules = Field(default=Rules(), description="When a figure becomes an alert.")
    notifications: dict[Identifier, Webhook] = Field(default={}, description="Where alerts are sent, by id.")
    bus: Bus = Field(default=Bus(), description="Redis.")
    worker: Worker = Field(default=Worker(), description="The worker.")
    service: Service = Field(default=Service(), description="The service.")

    @model_validator(mode="after")
    def _channels_name_cameras(self) -> Self:
        named = {key: set(channel.cameras or ()) - set(self.cameras) for key, channel in self.notifications.items()}
        faults = [
            Misfit(("notifications", key, "cameras"), no_such_cameras(sorted(unknown), list(self.cameras)))
            for key, unknown in named.items()
            if unknown
        ]
        if faults:
            raise MisfitsError(faults)
        return self


def no_such_cameras(unknown: Sequence[str], known: Sequence[str]) -> str:
    """What is said of cameras that are named and are not there.

    >>> no_such_cameras(["hall"], ["gate", "stairs"])
    'no camera hall; there are gate, stairs'
    """
    return f"no camera {', '.join(name or repr(name) for name in unknown)}; there are {', '.join(known)}"
