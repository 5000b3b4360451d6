"""Whether a camera still gives pictures that mean something: nine faults, one latch each.

    fault       | is there when                                        | level   | a figure is then worth
    ------------|------------------------------------------------------|---------|-----------------------
    silent      | no picture comes                                     | alert   | (there is none)
    frozen      | pictures come and are all the same                   | alert   | 0
    dark        | the mean brightness is low                           | caution | 0
    overexposed | much of the picture is white                         | caution | 0
    covered     | much of it has lost all structure                    | alert   | 0
    moved       | it shows another place than its reference picture    | alert   | 0, no density at all
    blurred     | its edges are soft                                   | caution | 0.2
    slow        | the camera sends fewer pictures than are analysed    | caution | 1
    clock       | its clock is wrong, or its pictures come late        | caution | 1

A fault that hides another leaves that one as it was: what is dark cannot be seen to be sharp again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crushwatch.messages import Level
from crushwatch.rules.latch import Latch, State, hold, interrupted
from crushwatch.rules.life import Verdict
from crushwatch.site import CameraRules

SILENT, FROZEN, DARK, OVEREXPOSED = "camera-silent", "camera-frozen", "camera-dark", "camera-overexposed"
COVERED, MOVED, BLURRED = "camera-covered", "camera-moved", "camera-blurred"
SLOW, CLOCK = "camera-slow", "camera-clock"

LEVEL_OF: dict[str, Level] = {
    SILENT: Level.ALERT,
    FROZEN: Level.ALERT,
    COVERED: Level.ALERT,
    MOVED: Level.ALERT,
    DARK: Level.CAUTION,
    OVEREXPOSED: Level.CAUTION,
    BLURRED: Level.CAUTION,
    SLOW: Level.CAUTION,
    CLOCK: Level.CAUTION,
}
"""All faults, the one that explains most first."""

LEFT_AT = 2 / 3
"""A displacement counts as mended at this share of the mark that raised it."""

Doubts = tuple[tuple[float, str], ...]
"""What speaks against a picture's figures: what they are still worth, 0 to 1, and why."""

_DOUBTS: dict[str, tuple[float, str]] = {
    FROZEN: (0.0, "the picture is frozen"),
    COVERED: (0.0, "the camera is covered"),
    MOVED: (0.0, "the camera has moved: no density until it is calibrated anew"),
    DARK: (0.0, "the picture is dark"),
    OVEREXPOSED: (0.0, "the picture is overexposed"),
    BLURRED: (0.2, "the picture is blurred"),
}


@dataclass(frozen=True)
class CameraSight:
    """What the worker has seen of a camera so far. None: not known, or not to be told from this picture.

    Moments are of the clock by which it is judged.

    waiting_since:   when the last frame came, or when the worker began to wait for the first
    last_frame_at:   None if there never was one
    unchanged_since: since when every picture has been the same; None if the last one was new
    motion_known:    whether enough pictures have been compared to tell; false just after a start
    luma:            mean brightness of the last picture, 0 to 255
    reason:          what capture says: "no RTSP answer from ..."
    white_share:     share of the picture that is white
    sharpness:       how steep its edges are; about 1 for a sharp picture
    blank_share:     share of the picture that has had structure and has none now
    displaced_share: how far the scene lies from where the reference picture has it, in picture widths
    is_elsewhere:    nothing of the reference picture is to be found although there is much to see
    sent_rate_hz:    frames that the camera sends; wanted_rate_hz: those that are to be analysed
    late_s:          how much later pictures arrive than they did; clock_ahead_s: the camera's clock against ours
    """

    waiting_since: datetime
    last_frame_at: datetime | None
    unchanged_since: datetime | None
    luma: float | None
    reason: str = ""
    motion_known: bool = True
    white_share: float | None = None
    sharpness: float | None = None
    blank_share: float | None = None
    displaced_share: float | None = None
    is_elsewhere: bool = False
    sent_rate_hz: float | None = None
    wanted_rate_hz: float | None = None
    late_s: float | None = None
    clock_ahead_s: float | None = None


@dataclass(frozen=True)
class _Look:
    """What one look says of one fault. `left` None: the opposite of `reached`."""

    reached: bool
    raise_s: float
    left: bool | None = None


class SightState(State):
    """A latch for each fault; one that an older state does not know is off."""

    latches: dict[str, Latch] = {}  # noqa: RUF012  # pydantic copies defaults

    def has(self, name: str) -> bool:
        """Whether that fault is there."""
        return self.latches.get(name, Latch()).on


def judge_sight(
    rules: CameraRules, state: SightState, sight: CameraSight, now: datetime
) -> tuple[SightState, dict[str, Verdict]]:
    """One look further. While a camera is silent nothing new is known of the rest: they hold."""
    looks = {name: look for name, look in _looks(rules, state, sight, now).items() if name not in rules.ignored}
    latches = {name: _step(rules, state.latches.get(name, Latch()), looks.get(name), now) for name in LEVEL_OF}
    for name in rules.ignored:
        latches[name] = Latch()
    words = _words(rules, sight, now)
    return SightState(latches=latches), {
        name: Verdict(level if latches[name].on else Level.CLEAR, words[name]() if latches[name].on else _MENDED[name])
        for name, level in LEVEL_OF.items()
    }


def interrupt_sight(state: SightState) -> SightState:
    """After a gap: faults hold, runs begin anew."""
    return SightState(latches={name: interrupted(latch) for name, latch in state.latches.items()})


def picture_doubts(state: SightState) -> Doubts:
    """What the figures of this camera's pictures are worth, and why not more."""
    return tuple(doubt for name, doubt in _DOUBTS.items() if state.has(name))


def _step(rules: CameraRules, latch: Latch, look: _Look | None, now: datetime) -> Latch:
    if look is None:
        return interrupted(latch)
    left = not look.reached if look.left is None else look.left
    return hold(latch, reached=look.reached, left=left, raise_s=look.raise_s, clear_s=rules.clear_after_s, now=now)


def _looks(rules: CameraRules, state: SightState, sight: CameraSight, now: datetime) -> dict[str, _Look]:
    """The faults of which this look says anything."""
    silent_s = (now - sight.waiting_since).total_seconds()
    never_seen = sight.last_frame_at is None  # since this start: no reason to end what an earlier one has raised
    is_silent = silent_s >= rules.silent_after_s or (never_seen and state.has(SILENT))
    looks = {SILENT: _Look(is_silent, 0)}
    if is_silent or never_seen:
        return looks
    looks[FROZEN] = _frozen(rules, sight, now)
    looks |= _arrival(rules, sight)
    is_dark = sight.luma is not None and sight.luma < rules.dark_below_luma
    looks[DARK] = _Look(is_dark, rules.dark_after_s)
    if is_dark or state.has(DARK):
        return looks
    return looks | _light_and_structure(rules, state, sight)


def _light_and_structure(rules: CameraRules, state: SightState, sight: CameraSight) -> dict[str, _Look]:
    looks: dict[str, _Look] = {}
    if sight.white_share is not None:
        looks[OVEREXPOSED] = _Look(sight.white_share > rules.overexposed_share, rules.overexposed_after_s)
    if state.has(OVEREXPOSED):
        return looks
    is_covered = sight.blank_share is not None and sight.blank_share > rules.covered_share
    if sight.blank_share is not None:
        looks[COVERED] = _Look(is_covered, rules.covered_after_s)
    if is_covered or state.has(COVERED):
        return looks
    if sight.sharpness is not None:
        looks[BLURRED] = _Look(sight.sharpness < rules.blurred_below, rules.blurred_after_s)
    if sight.displaced_share is not None or sight.is_elsewhere:
        looks[MOVED] = _moved(rules, sight)
    return looks


def _frozen(rules: CameraRules, sight: CameraSight, now: datetime) -> _Look:
    """For long enough, to raise it; at all, to keep it: only a picture that is seen to move ends it."""
    unchanged_since = sight.unchanged_since
    is_still = unchanged_since is not None and (now - unchanged_since).total_seconds() >= rules.frozen_after_s
    return _Look(is_still, 0, left=unchanged_since is None and sight.motion_known)


def _moved(rules: CameraRules, sight: CameraSight) -> _Look:
    if sight.displaced_share is None or sight.is_elsewhere:
        return _Look(sight.is_elsewhere, rules.moved_after_s)
    is_off = sight.displaced_share > rules.moved_share
    return _Look(is_off, rules.moved_after_s, left=sight.displaced_share < rules.moved_share * LEFT_AT)


def _arrival(rules: CameraRules, sight: CameraSight) -> dict[str, _Look]:
    """A camera whose pictures come and carry no time is not late: what was raised when they did must not stay."""
    looks: dict[str, _Look] = {}
    if sight.sent_rate_hz is not None and sight.wanted_rate_hz is not None:
        looks[SLOW] = _Look(sight.sent_rate_hz < rules.slow_share * sight.wanted_rate_hz, rules.slow_after_s)
    wrong_s = [abs(each) for each in (sight.late_s, sight.clock_ahead_s) if each is not None]
    looks[CLOCK] = _Look(max(wrong_s, default=0.0) > rules.clock_off_s, rules.clock_after_s)
    return looks


def _words(rules: CameraRules, sight: CameraSight, now: datetime) -> dict[str, Callable[[], str]]:
    why = f" ({sight.reason})" if sight.reason else ""
    return {
        SILENT: lambda: (
            f"no picture for {_since_s(sight.waiting_since, now):.0f} s{why}; check the camera or send someone"
        ),
        FROZEN: lambda: (
            f"the same picture for {_since_s(sight.unchanged_since, now):.0f} s although the stream runs; "
            "check the camera"
        ),
        DARK: lambda: f"too dark to count: brightness {sight.luma or 0:.0f} of 255, limit {rules.dark_below_luma:.0f}",
        OVEREXPOSED: lambda: (
            f"too bright to count: {_percent(sight.white_share)} of the picture is white; "
            "check exposure and the sun in the lens"
        ),
        COVERED: lambda: (
            f"covered: {_percent(sight.blank_share)} of the picture shows nothing any more; "
            "clear the view of the camera"
        ),
        MOVED: lambda: _moved_words(sight),
        BLURRED: lambda: (
            f"blurred: sharpness {sight.sharpness or 0:.2f}, limit {rules.blurred_below:.2f}; "
            "clean the lens or focus it"
        ),
        SLOW: lambda: (
            f"the camera sends {sight.sent_rate_hz or 0:.1f} pictures a second, "
            f"{sight.wanted_rate_hz or 0:.1f} are to be analysed; check camera and network"
        ),
        CLOCK: lambda: _clock_words(rules, sight),
    }


_MENDED: dict[str, str] = {
    SILENT: "pictures come again",
    FROZEN: "the picture moves again",
    DARK: "bright enough to count again",
    OVEREXPOSED: "no longer too bright",
    COVERED: "the view is free again",
    MOVED: "the scene is where the reference picture has it",
    BLURRED: "the picture is sharp again",
    SLOW: "pictures come often enough again",
    CLOCK: "clock and arrival are in order again",
}


def _moved_words(sight: CameraSight) -> str:
    what = "nothing in the picture is where its reference picture has it"
    if sight.displaced_share is not None and not sight.is_elsewhere:
        what = f"the scene lies {_percent(sight.displaced_share)} of the picture's width from its reference picture"
    return f"moved: {what}; no density per m² until the camera is turned back or calibrated anew"


def _clock_words(rules: CameraRules, sight: CameraSight) -> str:
    if sight.late_s is not None and abs(sight.late_s) > rules.clock_off_s:
        return f"pictures arrive {sight.late_s:.0f} s later than they did: what is shown is old; check the network"
    ahead_s = sight.clock_ahead_s or 0.0
    side = "ahead of" if ahead_s > 0 else "behind"
    return f"the camera's clock is {abs(ahead_s):.0f} s {side} ours; check the time servers of both"


def _since_s(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else (now - moment).total_seconds()


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0):.0f} %"
