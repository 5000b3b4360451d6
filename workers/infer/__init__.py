"""From pictures to people per cell: one protocol, one engine a file, each imported when it is chosen."""
