"""The commands of the library itself, one a file. Those of the other rooms lie in their rooms."""
