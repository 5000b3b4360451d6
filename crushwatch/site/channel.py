"""Where alerts are sent: one channel, one kind, its own threshold."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from crushwatch.messages import Level
from crushwatch.site.part import Identifier, Part
from crushwatch.site.secret import SecretText, SecretUrl


def _http(url: SecretUrl) -> SecretUrl:
    if not url.reveal().startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url


def _signing_secret(secret: SecretText) -> SecretText:
    try:
        key = base64.b64decode(secret.reveal().removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("must be whsec_ and the base64 of 24 to 64 random bytes")
    return secret


class Webhook(Part):
    """HTTP POST of JSON, signed as Standard Webhooks have it (webhook-id, webhook-timestamp, webhook-signature)."""

    type: Literal["webhook"] = "webhook"
    url: Annotated[SecretUrl, AfterValidator(_http)] = Field(description="Where to post.")
    secret: Annotated[SecretText, AfterValidator(_signing_secret)] = Field(
        description="whsec_ and the base64 of 24 to 64 random bytes: `crushwatch secret` prints one."
    )
    enabled: bool = Field(default=True, description="False: nothing is sent.")
    minimum_level: Level = Field(default=Level.NOTICE, description="Alerts that never reach this level are not sent.")
    cameras: tuple[Identifier, ...] | None = Field(default=None, description="Only these cameras; all if left out.")
    timeout_s: float = Field(default=10, ge=1, le=60, description="Seconds to wait for an answer.")
    give_up_after_s: float = Field(
        default=72 * 3600, ge=0, le=14 * 24 * 3600, description="Seconds of retries before it becomes a dead letter."
    )
