"""The tables as they stand at the newest revision; `migrations/` holds the way there."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from service.store.moment import Moment

metadata = MetaData()

Number = BigInteger().with_variant(Integer, "sqlite")
"""Counts up by itself; SQLite does that for INTEGER only."""

readings = Table(
    "readings",
    metadata,
    Column("camera", String(64), primary_key=True),
    Column("region", String(64), primary_key=True),
    Column("captured_at", Moment, primary_key=True),
    Column("published_at", Moment, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("count", Float, nullable=False),
    Column("area_m2", Float),
    Column("density_per_m2", Float),
    Column("peak_density_per_m2", Float),
    Column("instant_count", Float, nullable=False),
    Column("instant_density_per_m2", Float),
    Column("rate_per_m2_per_min", Float),
    Column("level", String(16), nullable=False),
    Column("quality", Float, nullable=False),
    Column("quality_reasons", Text),
    Column("seen_share", Float, nullable=False),
    Column("truth_count", Float),
    Column("band", Text),
    Column("model", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Index("ix_readings_captured_at", "captured_at", "camera", "region"),
    sqlite_with_rowid=False,
)
"""One row a region and frame. The key makes a reading that is delivered twice be stored once."""

alerts = Table(
    "alerts",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("alert_id", String(128), nullable=False, unique=True),
    Column("key", String(300), nullable=False),
    Column("camera", String(128), nullable=False),
    Column("region", String(64)),
    Column("rule", String(64), nullable=False),
    Column("state", String(32), nullable=False),
    Column("level", String(16), nullable=False),
    Column("highest_level", String(16), nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("cleared_at", Moment),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", Text),
    Column("note", Text),
    Column("because", Text, nullable=False),
    Column("level_at", Moment),
    Column("highest_because", Text),
    Column("highest_at", Moment),
    Column("highest_per_m2", Float),
    Column("value", Float),
    Column("value_low", Float),
    Column("value_high", Float),
    Column("threshold", Float),
    Column("unit", Text),
    Column("action", Text),
    Column("occurrences", Integer, nullable=False),
    Index(
        "ix_alerts_open_key",
        "key",
        unique=True,
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    Index("ix_alerts_state", "state", "number"),
)
"""One row an alert. At most one is open for a key: the index says so too."""

alert_events = Table(
    "alert_events",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("event_id", String(128), nullable=False, unique=True),
    Column("alert_id", String(128), index=True),
    Column("sent_as", String(128), nullable=False, index=True),
    Column("change", String(16), nullable=False),
    Column("level", String(16), nullable=False),
    Column("previous_level", String(16), nullable=False),
    Column("because", Text, nullable=False),
    Column("value", Float),
    Column("value_low", Float),
    Column("value_high", Float),
    Column("threshold", Float),
    Column("captured_at", Moment, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("joined", Boolean, nullable=False),
)
"""The ledger. `sent_as` is the alert's id in the event; `alert_id` the alert that it went to, null if to none."""

audit = Table(
    "audit",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(64), nullable=False),
    Column("alert_id", String(128), index=True),
    Column("note", Text),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("channel", String(64), nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("alert_id", String(128), nullable=False),
    Column("type", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("give_up_at", Moment, nullable=False),
    Column("next_at", Moment),
    Column("delivered_at", Moment),
    Column("last_status", Integer),
    Column("last_error", Text),
    UniqueConstraint("channel", "event_id", name="uq_deliveries_channel_event"),
    Index("ix_deliveries_state", "state", "channel", "next_at"),
    Index("ix_deliveries_alert", "channel", "alert_id", "id"),
)

closed_channels = Table(
    "closed_channels",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Channels whose receiver said that it is gone."""

rejected = Table(
    "rejected",
    metadata,
    Column("stream", String(16), primary_key=True),
    Column("entry_id", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Messages of the bus that could not be read or stored."""

keys = Table(
    "keys", metadata, Column("name", String(32), primary_key=True), Column("value", String(128), nullable=False)
)
"""What sessions are signed with."""

ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("nonce", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
)
"""Sessions that were logged out before they expired."""
