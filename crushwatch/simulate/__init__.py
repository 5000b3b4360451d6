"""Crowds of known density: rendered video whose every head is known."""
