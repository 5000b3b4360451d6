"""python -m crushwatch: the `crushwatch` command."""

from crushwatch.cli import main

main()
