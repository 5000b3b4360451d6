"""The command line's part of the service: `crushwatch service site.yaml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from crushwatch.errors import CrushwatchError
from crushwatch.logs import configure_logs
from crushwatch.site import load_site
from service.run import serve


def service(
    site: Annotated[Path, typer.Argument(help="The site file.", exists=False, dir_okay=False)],
    host: Annotated[str | None, typer.Option(help="Listen on this address instead of service.host.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Listen on this port instead of service.port; 0: a free one.")
    ] = None,
) -> None:
    """Run the service: the store, the alerts, the notifications, the API and the page.

    Example: crushwatch service site.yaml --port 8000
    """
    configure_logs(form="json" if os.environ.get("CRUSHWATCH_LOG_FORMAT") == "json" else "console")
    try:
        loaded = load_site(site)
        changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        served = loaded.model_copy(update={"service": loaded.service.model_copy(update=changes)})
        serve(served, say=lambda url: typer.echo(f"The page: {url}/"))
    except CrushwatchError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
