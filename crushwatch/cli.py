"""The command line. Commands are found by entry point (`crushwatch.commands`) and loaded when they are used.

So nothing here imports workers or service, and `crushwatch service` loads no video and no network.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import structlog
import typer
from typer.core import TyperGroup

from crushwatch import __version__
from crushwatch.ending import EXIT_CODES, told
from crushwatch.errors import CrushwatchError
from crushwatch.logs import LogFormat, configure_logs

ENTRY_POINTS = "crushwatch.commands"


class CommandsByEntryPoint(TyperGroup):
    """A group whose commands are the entry points of this installation."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the framework's signature
        """All names, in order."""
        return sorted(_commands())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # the framework's signature
        """The command of that name, loaded now; None if there is none."""
        entry_point = _commands().get(cmd_name)
        if entry_point is None:
            return None
        found = _loaded(entry_point)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False)
            single.command(cmd_name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


def _loaded(entry_point: EntryPoint) -> Any:
    """The command; one that says what it lacks where its room is not installed, as in an image of another room."""
    try:
        return entry_point.load()
    except ModuleNotFoundError as error:
        lacking = error.name or str(error)

    def cannot() -> None:
        raise CrushwatchError(f"crushwatch {entry_point.name} needs {lacking}, which is not installed here")

    cannot.__doc__ = f"(not here: {lacking} is not installed)"
    absent = typer.Typer(add_completion=False)
    absent.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(cannot)
    return absent


def _commands() -> dict[str, EntryPoint]:
    return {entry_point.name: entry_point for entry_point in entry_points(group=ENTRY_POINTS)}


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crushwatch {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=CommandsByEntryPoint,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog=" ".join(EXIT_CODES.split()),
)


def _pass_on(ctx: typer.Context, **chosen: str) -> None:
    """What somebody chose is in force for the commands that this one starts, too."""
    for variable, value in chosen.items():
        source = ctx.get_parameter_source(variable.removeprefix("CRUSHWATCH_").lower())
        if source is not None and source.name != "DEFAULT":
            os.environ[variable] = value


@app.callback()
def crushwatch(
    ctx: typer.Context,
    log_format: LogFormat = typer.Option("console", envvar="CRUSHWATCH_LOG_FORMAT", help="Logs as text or as JSON."),
    log_level: str = typer.Option("INFO", envvar="CRUSHWATCH_LOG_LEVEL", help="DEBUG, INFO, WARNING or ERROR."),
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Say the version."),
) -> None:
    """Sees a crowd crush coming: people per square metre from cameras, and alerts in time.

    Try it: crushwatch demo
    """
    del version
    _pass_on(ctx, CRUSHWATCH_LOG_FORMAT=log_format, CRUSHWATCH_LOG_LEVEL=log_level)
    configure_logs(form=log_format, level=log_level)


def main() -> None:
    """The `crushwatch` command. Our own errors become one message and an exit code, never a traceback."""
    code = 1
    atexit.register(lambda: _leave_hanging_threads(code))
    try:
        with told():
            app(prog_name="crushwatch")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        raise
    finally:
        structlog.reset_defaults()


def _leave_hanging_threads(code: int) -> None:
    """End here if a thread is still inside a library, as one that reads a camera which hangs.

    The interpreter would end such a thread as it comes back; where C++ lies between, that aborts the process instead.
    Registered first, so that this is done after everything else that is to be done at the end.
    """
    if all(thread is threading.main_thread() for thread in threading.enumerate()):
        return
    with contextlib.suppress(OSError):  # nobody reads any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
