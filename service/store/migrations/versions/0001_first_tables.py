"""The first tables: readings, alerts with their ledger, audit, deliveries, and what the service remembers of itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.store.moment import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
OPEN = sa.text("state <> 'closed'")


def upgrade() -> None:
    """Make them."""
    _readings()
    _alerts()
    _ledger()
    _deliveries()
    _memory()


def downgrade() -> None:
    """Drop them, with all that is in them."""
    names = "readings alerts alert_events audit deliveries closed_channels rejected keys ended_sessions"
    for name in names.split():
        op.drop_table(name)


def _readings() -> None:
    op.create_table(
        "readings",
        sa.Column("camera", sa.String(64), primary_key=True),
        sa.Column("region", sa.String(64), primary_key=True),
        sa.Column("captured_at", Moment, primary_key=True),
        sa.Column("published_at", Moment, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Float, nullable=False),
        sa.Column("area_m2", sa.Float),
        sa.Column("density_per_m2", sa.Float),
        sa.Column("peak_density_per_m2", sa.Float),
        sa.Column("instant_count", sa.Float, nullable=False),
        sa.Column("instant_density_per_m2", sa.Float),
        sa.Column("rate_per_m2_per_min", sa.Float),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("quality", sa.Float, nullable=False),
        sa.Column("quality_reasons", sa.Text),
        sa.Column("seen_share", sa.Float, nullable=False),
        sa.Column("truth_count", sa.Float),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_readings_captured_at", "readings", ["captured_at", "camera", "region"])


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("alert_id", sa.String(128), nullable=False, unique=True),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("camera", sa.String(128), nullable=False),
        sa.Column("region", sa.String(64)),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("highest_level", sa.String(16), nullable=False),
        sa.Column("raised_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.Column("cleared_at", Moment),
        sa.Column("acknowledged_at", Moment),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("unit", sa.Text),
        sa.Column("action", sa.Text),
        sa.Column("occurrences", sa.Integer, nullable=False),
    )
    op.create_index("ix_alerts_open_key", "alerts", ["key"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_alerts_state", "alerts", ["state", "number"])


def _ledger() -> None:
    op.create_table(
        "alert_events",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.String(128), nullable=False, unique=True),
        sa.Column("alert_id", sa.String(128), index=True),
        sa.Column("sent_as", sa.String(128), nullable=False, index=True),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("previous_level", sa.String(16), nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("captured_at", Moment, nullable=False),
        sa.Column("published_at", Moment, nullable=False),
        sa.Column("stored_at", Moment, nullable=False),
        sa.Column("joined", sa.Boolean, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("alert_id", sa.String(128), index=True),
        sa.Column("note", sa.Text),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        sa.Column("alert_id", sa.String(128), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("give_up_at", Moment, nullable=False),
        sa.Column("next_at", Moment),
        sa.Column("delivered_at", Moment),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text),
        sa.UniqueConstraint("channel", "event_id", name="uq_deliveries_channel_event"),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state", "channel", "next_at"])
    op.create_index("ix_deliveries_alert", "deliveries", ["channel", "alert_id", "id"])
    op.create_table(
        "closed_channels",
        sa.Column("channel", sa.String(64), primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _memory() -> None:
    op.create_table(
        "rejected",
        sa.Column("stream", sa.String(16), primary_key=True),
        sa.Column("entry_id", sa.String(64), primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.String(128), nullable=False),
    )
    op.create_table(
        "ended_sessions",
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("expires_at", Moment, nullable=False),
    )
