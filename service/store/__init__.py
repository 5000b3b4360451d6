"""What is kept: readings, alerts with their ledger, the audit, deliveries. SQLite by default, PostgreSQL by URL."""

from service.store.database import Database, RefusedError, StoreError

__all__ = ["Database", "RefusedError", "StoreError"]
