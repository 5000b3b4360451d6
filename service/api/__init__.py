"""The API: one router a noun, all under /api/v1 (`routes.py`); `views.py` holds what it shows."""
