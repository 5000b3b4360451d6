"""What raised an alert to its highest level, when, and how dense it was: its last words tell of the end only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.moment import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FROM_THE_LEDGER = """
    UPDATE alerts SET {column} = (
        SELECT {source} FROM alert_events
        WHERE alert_events.alert_id = alerts.alert_id AND alert_events.level = alerts.highest_level
        ORDER BY alert_events.number LIMIT 1
    )
"""


def upgrade() -> None:
    """Add the columns; the words and their time are in the ledger of older alerts, how dense it was is not known."""
    op.add_column("alerts", sa.Column("highest_because", sa.Text))
    op.add_column("alerts", sa.Column("highest_at", Moment))
    op.add_column("alerts", sa.Column("highest_per_m2", sa.Float))
    op.execute(_FROM_THE_LEDGER.format(column="highest_because", source="because"))
    op.execute(_FROM_THE_LEDGER.format(column="highest_at", source="captured_at"))


def downgrade() -> None:
    """Take them away."""
    for column in ("highest_per_m2", "highest_at", "highest_because"):
        op.drop_column("alerts", column)
