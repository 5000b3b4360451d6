"""The headers of Standard Webhooks (https://www.standardwebhooks.com): id, timestamp, signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

from crushwatch.site import SecretText


def signed_headers(secret: SecretText, message_id: str, body: str, at: datetime) -> dict[str, str]:
    """Headers for one attempt: `v1,` and the base64 of HMAC-SHA256 over id.timestamp.body."""
    timestamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.reveal().removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
