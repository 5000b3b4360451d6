"""Intervals: of a reading's figures, and of the value that raised an alert."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ALERTS = ("alerts", "alert_events")
ENDS = ("value_low", "value_high")


def upgrade() -> None:
    """Add the columns; what was stored before has no interval."""
    op.add_column("readings", sa.Column("band", sa.Text))
    for table in ALERTS:
        for end in ENDS:
            op.add_column(table, sa.Column(end, sa.Float))


def downgrade() -> None:
    """Take them away, with what they hold."""
    op.drop_column("readings", "band")
    for table in ALERTS:
        for end in ENDS:
            op.drop_column(table, end)
