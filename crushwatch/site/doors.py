"""Whether the service can be reached from elsewhere, and may be. Pure."""

from __future__ import annotations

import ipaddress

from crushwatch.errors import SiteError
from crushwatch.site.site import Service


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address.

    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "", "crowd.example")]
    [True, True, True, False, False, False]
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_open_doors(service: Service) -> None:
    """Raise SiteError where others could reach a service that asks them for nothing."""
    if is_open(service):
        raise SiteError(f"service.host: {open_door(service)}")


def is_open(service: Service) -> bool:
    """Whether others could."""
    return not (is_loopback(service.host) or service.password or service.token)


def open_door(service: Service) -> str:
    """What is said of its host then."""
    return (
        f"{service.host or '(all addresses)'} can be reached from other machines, and neither service.password nor "
        "service.token is set. Set one (password: ${CRUSHWATCH_PASSWORD}), or listen on 127.0.0.1."
    )
