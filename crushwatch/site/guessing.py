"""Whether the password or the token of the service can be guessed. Pure; what is told never repeats them.

The lengths: OWASP ASVS 4.0.3 (2.1.1) asks for 12 characters, 5.0 (6.2.1) for 8 at the very least; words of the place
are 5.0's 6.2.11. There is no rule on kinds of characters: both advise against one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from crushwatch.errors import SiteError
from crushwatch.site.site import Service, Site

LEAST, ADVISED = 8, 12
"""Characters; below the first the service does not start."""
_OBVIOUS = frozenset({"admin", "administrator", "changeme", "crushwatch", "letmein", "password", "secret", "welcome"})
HOW = "`openssl rand -base64 18` makes a good one"
TOO_SHORT = f"shorter than {LEAST} characters, which is soon guessed; {HOW}"


def refuse_short_secrets(service: Service) -> None:
    """Raise SiteError for a password or token that a program tries out in no time."""
    short = short_secrets(service)
    if short:
        raise SiteError(f"{' and '.join(short)}: {TOO_SHORT}")


def short_secrets(service: Service) -> list[str]:
    """The keys of those."""
    return [key for key, text in _secrets(service) if len(text) < LEAST]


def guessable(site: Site) -> Iterator[str]:
    """A sentence for each that is allowed and better otherwise.

    >>> from crushwatch.site import parse_site
    >>> site = "id: hall\\ncameras: {gate: {source: 'sim:gate'}}\\nservice: {password: Hall-2026-2026}"
    >>> list(guessable(parse_site(site)))
    ['service.password: an obvious word, with or without digits; `openssl rand -base64 18` makes a good one']
    """
    obvious = _OBVIOUS | {_letters(site.id), _letters(site.name)} - {""}
    for key, text in _secrets(site.service):
        if _letters(text) in obvious:
            yield f"{key}: an obvious word, with or without digits; {HOW}"
        elif len(text) < ADVISED:
            yield f"{key}: shorter than {ADVISED} characters; {HOW}"


def _secrets(service: Service) -> list[tuple[str, str]]:
    named = {"service.password": service.password, "service.token": service.token}
    return [(key, secret.reveal()) for key, secret in named.items() if secret is not None]


def _letters(text: str) -> str:
    """What is left without digits and signs, which everybody appends."""
    return re.sub(r"[\W\d_]+", "", text).casefold()
