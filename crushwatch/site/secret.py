"""Text that must not be read by everybody: it prints itself redacted and gives itself up only when asked by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_USERINFO = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)\S*@")
_QUERY = re.compile(r"(?P<key>[?&](?:[^=&\s]*(?:pass|pwd|pw|secret|token|key|auth|user|sig)[^=&\s]*)=)[^&\s#]+", re.I)


ESCAPES = "in a password or path, write / as %2F, # as %23, ? as %3F, @ as %40, : as %3A where they do not divide it"


def leads_to_a_host(address: str) -> bool:
    """Whether host and port can be read from an address, and no part of a password can be taken for them.

    An @ that comes after what looks like host and port is the end of a password with a / or ? in it: to take a part of
    that password for a host would be to say it aloud.

    >>> [leads_to_a_host(text) for text in ("rtsp://a:b@h:554/s", "rtsp://a:b/c@h/s", "rtsp://[::1/s", "rtsp:///s")]
    [True, False, False, False]
    """
    try:
        parts = urlsplit(address)
        has_host, _port = bool(parts.hostname), parts.port
    except ValueError:
        return False
    return has_host and not (":" in parts.netloc and "@" in address.partition(parts.netloc)[2])


def _where(address: str) -> str:
    """Scheme, host and port of an address and nothing else; what has no host (a file, sim:gate) as it is."""
    if "://" not in address or address.startswith(("unix://", "sqlite://", "memory://")):
        return redact(address)
    if not leads_to_a_host(address):
        return f"{address.partition('://')[0]}://***"
    parts = urlsplit(address)
    secret = "***@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{secret}{parts.netloc.rpartition('@')[2]}"


def redact(text: str) -> str:
    """`text` with the credentials of every URL in it taken out.

    >>> redact("no answer from rtsp://admin:hunter2@10.0.0.11:554/s1?token=abc")
    'no answer from rtsp://***@10.0.0.11:554/s1?token=***'
    """
    return _QUERY.sub(r"\g<key>***", _USERINFO.sub(r"\g<scheme>***@", text))


class SecretText:
    """A string with credentials in it. `str()`, `repr()`, JSON and logs show it redacted; `reveal()` gives it whole."""

    redaction: Callable[[str], str] = staticmethod(lambda _text: "***")

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for the call that needs it, never for a message."""
        return self._text

    def __str__(self) -> str:
        return type(self).redaction(self._text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and other._text == self._text

    def __hash__(self) -> int:
        return hash((type(self), self._text))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string"}

    @classmethod
    def _validate(cls, value: object) -> SecretText:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str) or not value:
            raise ValueError("must be a non-empty text")
        return cls(value)


class SecretUrl(SecretText):
    """An address of which only scheme, host and port are shown: some cameras take their password in the path."""

    redaction = staticmethod(_where)
