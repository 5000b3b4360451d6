"""Whether a camera still gives pictures that mean something: silent, frozen, dark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crushwatch.messages import Level
from crushwatch.rules.latch import Latch, State, step
from crushwatch.rules.life import Verdict
from crushwatch.site import CameraRules

SILENT, FROZEN, DARK = "camera-silent", "camera-frozen", "camera-dark"
LEVEL_OF: dict[str, Level] = {SILENT: Level.ALERT, FROZEN: Level.ALERT, DARK: Level.CAUTION}


@dataclass(frozen=True)
class CameraSight:
    """What the worker has seen of a camera so far.

    waiting_since:  when the last frame came, or when the worker began to wait for the first
    last_frame_at:  None if there never was one
    unchanged_since: since when every picture has been the same; None if the last one was new
    motion_known:   whether enough pictures have been compared to tell; false just after a start
    luma:           mean brightness of the last picture, 0 to 255
    reason:         what capture says: "no RTSP answer from ..."
    """

    waiting_since: datetime
    last_frame_at: datetime | None
    unchanged_since: datetime | None
    luma: float | None
    reason: str = ""
    motion_known: bool = True


class SightState(State):
    """A latch for each fault."""

    latches: dict[str, Latch] = {name: Latch() for name in LEVEL_OF}  # noqa: RUF012  # pydantic copies defaults


def judge_sight(
    rules: CameraRules, state: SightState, sight: CameraSight, now: datetime
) -> tuple[SightState, dict[str, Verdict]]:
    """One look further. While a camera is silent nothing new is known of frozen or dark: they hold."""
    silent_s = (now - sight.waiting_since).total_seconds()
    latches = dict(state.latches)
    never_seen = sight.last_frame_at is None  # since this start: no reason to end what an earlier one has raised
    is_silent = silent_s >= rules.silent_after_s or (never_seen and latches[SILENT].on)
    latches[SILENT] = _immediate(latches[SILENT], is_silent, rules, now)
    if not is_silent and sight.last_frame_at is not None:
        latches[FROZEN] = _immediate(latches[FROZEN], _is_frozen(rules, latches[FROZEN], sight, now), rules, now)
        is_dark = sight.luma is not None and sight.luma < rules.dark_below_luma
        latches[DARK] = _dwelling(latches[DARK], is_dark, rules, now)
    after = SightState(latches=latches)
    words = _words(rules, sight, silent_s, now)
    return after, {
        name: Verdict(level if latches[name].on else Level.CLEAR, words[name] if latches[name].on else _good(name))
        for name, level in LEVEL_OF.items()
    }


def picture_faults(state: SightState) -> tuple[str, ...]:
    """What makes the figures of this camera's pictures worthless, in words."""
    said = {FROZEN: "the picture is frozen", DARK: "the picture is dark"}
    return tuple(words for name, words in said.items() if state.latches[name].on)


def _is_frozen(rules: CameraRules, latch: Latch, sight: CameraSight, now: datetime) -> bool:
    """For long enough, to raise it; at all, to keep it: only a picture that is seen to move ends it."""
    if latch.on:
        return sight.unchanged_since is not None or not sight.motion_known
    unchanged_since = sight.unchanged_since
    return unchanged_since is not None and (now - unchanged_since).total_seconds() >= rules.frozen_after_s


def _immediate(latch: Latch, faulty: bool, rules: CameraRules, now: datetime) -> Latch:
    """The fault's own duration is its dwell."""
    if latch.on:
        return step(latch, asks=not faulty, dwell_s=rules.clear_after_s, now=now)
    return step(latch, asks=faulty, dwell_s=0, now=now)


def _dwelling(latch: Latch, faulty: bool, rules: CameraRules, now: datetime) -> Latch:
    if latch.on:
        return step(latch, asks=not faulty, dwell_s=rules.clear_after_s, now=now)
    return step(latch, asks=faulty, dwell_s=rules.dark_after_s, now=now)


def _words(rules: CameraRules, sight: CameraSight, silent_s: float, now: datetime) -> dict[str, str]:
    frozen_s = 0.0 if sight.unchanged_since is None else (now - sight.unchanged_since).total_seconds()
    why = f" ({sight.reason})" if sight.reason else ""
    luma = 0.0 if sight.luma is None else sight.luma
    return {
        SILENT: f"no picture for {silent_s:.0f} s{why}; check the camera or send someone",
        FROZEN: f"the same picture for {frozen_s:.0f} s although the stream runs; check the camera",
        DARK: f"too dark to count: brightness {luma:.0f} of 255, limit {rules.dark_below_luma:.0f}",
    }


def _good(name: str) -> str:
    return {
        SILENT: "pictures come again",
        FROZEN: "the picture moves again",
        DARK: "bright enough to count again",
    }[name]
