"""python -m service site.yaml"""

from __future__ import annotations

import os
import sys

import typer

from crushwatch.errors import CrushwatchError
from crushwatch.logs import configure_logs
from service.commands import service


def main() -> None:
    """Run the service of a site file; CRUSHWATCH_LOG_FORMAT=json for logs as JSON."""
    configure_logs(form="json" if os.environ.get("CRUSHWATCH_LOG_FORMAT") == "json" else "console")
    try:
        typer.run(service)
    except CrushwatchError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
