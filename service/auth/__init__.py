"""Who may come in: a password for people, a token for programs, and nobody from a foreign page."""
