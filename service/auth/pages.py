"""The login page: plain, without scripts, from files beside this one, so that it works without a network."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

_HERE = Path(__file__).parent
_PAGE = Template((_HERE / "login.html").read_text(encoding="utf-8"))
STYLE = (_HERE / "login.css").read_text(encoding="utf-8")


def login_page(
    *, next_path: str = "/", fault: str = "", status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """The page; after the login it goes on to `next_path`."""
    text = _PAGE.substitute(next_path=html.escape(own_path(next_path)), fault=html.escape(fault))
    return HTMLResponse(text, status, headers=dict(headers or {}))


def own_path(path: str) -> str:
    """The path, if it leads to this service; else `/`.

    >>> own_path("/wall?camera=gate"), own_path("//evil.example"), own_path("/\\\\evil.example")
    ('/wall?camera=gate', '/', '/')
    """
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else "/"
