"""All that a site knows, in one archive and back: without its secrets, while everything runs."""
