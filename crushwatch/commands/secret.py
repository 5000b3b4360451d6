"""crushwatch secret: a signing secret for a webhook."""

from __future__ import annotations

import base64
import secrets

import typer

SECRET_BYTES = 32


def new_webhook_secret() -> str:
    """`whsec_` and the base64 of 32 random bytes, as Standard Webhooks has it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secret() -> None:
    """Print a new signing secret for a webhook.

    Example: crushwatch secret > control-room.secret
    """
    typer.echo(new_webhook_secret())
