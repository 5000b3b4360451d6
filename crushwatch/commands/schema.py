"""crushwatch schema: the JSON Schema of the site file, for editors."""

from __future__ import annotations

import json

import typer

from crushwatch.site import Site


def site_schema() -> str:
    """JSON Schema (2020-12) of a site file, as it is committed in `site.schema.json`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Site.model_json_schema()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema() -> None:
    """Print the JSON Schema of the site file.

    Example: crushwatch schema > site.schema.json
    """
    typer.echo(site_schema(), nl=False)
