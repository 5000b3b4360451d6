"""How every command ends: what was foreseen is one sentence and an exit code, never a traceback."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from crushwatch.errors import COULD_NOT, INTERRUPTED, CrushwatchError

EXIT_CODES = """\
Exit codes: 0 done; 1 could not, or found amiss (a check that failed, a camera that gives nothing, an output that cannot
be written); 2 asked wrongly (an option, a site file, an input or a model that is not there or not readable); 3 another
process has what it needs; 130 interrupted."""

NO_MORE_FITS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk says as it is written to: then no file's name comes along."""


@contextmanager
def told() -> Iterator[None]:
    """Ends the program with the sentence and the exit code of an error of ours, of a file, or of Ctrl-C."""
    try:
        yield
    except CrushwatchError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.filename is None and error.errno not in NO_MORE_FITS:
            raise
        typer.echo(f"{error.filename or 'what was to be written'}: {error.strerror}", err=True)
        sys.exit(COULD_NOT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
