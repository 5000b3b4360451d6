"""The command line's part of the service: `crushwatch service site.yaml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from crushwatch.site import Site, load_site
from crushwatch.site.watch import SiteFile
from crushwatch.tracing import make_tracer
from service.run import serve


def service(
    site: Annotated[Path, typer.Argument(help="The site file; changes are taken up.", dir_okay=False)],
    host: Annotated[str | None, typer.Option(help="Listen on this address instead of service.host.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Listen on this port instead of service.port; 0: a free one.")
    ] = None,
) -> None:
    """Run the service: the store, the alerts, the notifications, the API and the page.

    Example: crushwatch service site.yaml --port 8000
    """
    file = SiteFile(site, lambda path: _listening_on(load_site(path), host, port))
    serve(file, make_tracer("service", os.environ), say=lambda url: typer.echo(f"The page: {url}/"))


def _listening_on(site: Site, host: str | None, port: int | None) -> Site:
    changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return site.model_copy(update={"service": site.service.model_copy(update=changes)})
