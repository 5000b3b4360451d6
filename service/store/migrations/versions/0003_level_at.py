"""Since when an alert has its level: one that escalated is not as old as its first raise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.moment import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was stored before it is not known."""
    op.add_column("alerts", sa.Column("level_at", Moment))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("alerts", "level_at")
