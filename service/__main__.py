"""python -m service site.yaml"""

from __future__ import annotations

import typer

from service.commands import service


def main() -> None:
    """Run the service of a site file."""
    typer.run(service)


if __name__ == "__main__":
    main()
