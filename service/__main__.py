"""python -m service site.yaml"""

from __future__ import annotations

import os

import typer

from crushwatch.ending import told
from crushwatch.logs import configure_logs
from service.commands import service


def main() -> None:
    """Run the service of a site file; CRUSHWATCH_LOG_FORMAT=json for logs as JSON."""
    configure_logs(form="json" if os.environ.get("CRUSHWATCH_LOG_FORMAT") == "json" else "console")
    with told():
        typer.run(service)


if __name__ == "__main__":
    main()
