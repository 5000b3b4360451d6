"""python -m crushwatch.density: train, evaluate and export where nothing but the science's packages is installed."""

from __future__ import annotations

import typer

from crushwatch.density.commands.data import data
from crushwatch.density.commands.evaluate import evaluate
from crushwatch.density.commands.export import export
from crushwatch.density.commands.train import train
from crushwatch.ending import told

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
for command in (train, evaluate, export):
    app.command()(command)
app.add_typer(data, name="data")


def main() -> None:
    """Our own errors become one message and an exit code, never a traceback."""
    with told():
        app(prog_name="python -m crushwatch.density")


if __name__ == "__main__":
    main()
