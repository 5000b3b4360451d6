"""The alerts that the service raises itself: a camera or a worker that says nothing, a bus that does not answer.

A pure decision: (site, what was heard, what is open, now) -> events. It keeps no state of its own: the store says what
is open, so a restart neither doubles an alert nor leaves one open. A worker raises `camera-silent` for what it sees;
this stands behind it for the worker that cannot speak, under the same rule and key, so that the two join. What a worker
has forgotten of a region, or told nobody, is ended and raised by the region's figures (`by_figures.py`).

While the bus does not answer nothing can be heard of anybody: that is one alert, not one for every camera. While a
worker is silent nothing is heard of its cameras: that is one alert too, and it reaches every channel. What a worker
says late, or by a clock that is behind, is old news: it is silent then. Figures come, and two lesser alerts reach every
channel all the same, where workers watch a camera each for itself and where a worker's clock is ahead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crushwatch.messages import AlertChange, AlertEvent, CameraState, Level
from crushwatch.rules.sight import LEVEL_OF
from crushwatch.site import Site
from service.alarms.alert import Alert
from service.alarms.by_figures import end_what_is_calm, raise_what_is_untold
from service.alarms.own_events import (
    OWN_PREFIX,
    WORKERS_TURN_S,
    Subject,
    cleared,
    event_of,
    new_id,
    raise_since,
    raised,
)
from service.board import WHOLE_PICTURE, Facts, HeardCamera, HeardWorker, worker_silent_after_s
from service.clock import Instant
from service.double_watch import KNOWN_AFTER_S
from service.first_few import first_few

CAMERA_SILENT, WORKER_SILENT, BUS_UNREACHABLE = "camera-silent", "worker-silent", "bus-unreachable"
DOUBLE_WATCH, WORKER_CLOCK = "double-watch", "worker-clock"
OF_WORKERS = frozenset({WORKER_SILENT, WORKER_CLOCK})
"""The rules of alerts about a worker."""
SERVICE = "service"
"""What an alert about the bus, or about workers in each other's way, is about."""

BUS_UNREACHABLE_AFTER_S = 5.0

CLOCK_RIGHT_AT = 0.5
"""A worker's clock is right again at this share of what it may be off."""
_MENDED = {WORKER_SILENT: "its heartbeat is heard again", WORKER_CLOCK: "its clock agrees with the service's again"}


def watch(
    site: Site, facts: Facts, open_alerts: Mapping[str, Alert], now: Instant, doubles: str | None = None
) -> list[AlertEvent]:
    """What to raise and what to clear now. `open_alerts` by key; `doubles`: which workers are in each other's way."""
    events = [*_watch_bus(site, facts, open_alerts, now)]
    if facts.bus.reachable:
        events += _end_what_left(site, facts, open_alerts, now)
        events += _watch_cameras(site, facts, open_alerts, now)
        if not doubles:
            events += end_what_is_calm(site, facts, open_alerts, now)
            events += raise_what_is_untold(site, facts, open_alerts, now)
        events += _watch_workers(site, facts, open_alerts, now)
        events += _watch_doubles(site, facts, open_alerts, now, doubles)
    return events


def _watch_bus(site: Site, facts: Facts, open_alerts: Mapping[str, Alert], now: Instant) -> Iterator[AlertEvent]:
    subject = Subject(site.id, SERVICE, BUS_UNREACHABLE)
    alert = raised(open_alerts, subject)
    away_s = now.since(facts.bus.since)
    if facts.bus.reachable and alert:
        yield cleared(subject, alert, "the bus answers again", now)
    if not facts.bus.reachable and not alert and away_s >= BUS_UNREACHABLE_AFTER_S:
        because = f"no answer for {away_s:.0f} s: {facts.bus.reason}; nothing is known of any camera: start Redis"
        yield raise_since(subject, because, away_s, BUS_UNREACHABLE_AFTER_S, now)


def _end_what_left(site: Site, facts: Facts, open_alerts: Mapping[str, Alert], now: Instant) -> Iterator[AlertEvent]:
    """A camera or region that somebody took out of the site, or switched off, is nobody's worry any more.

    Only what was open before this revision came into force: what is raised after that comes of a worker whose file is
    newer, and is true. Nor before the workers had their turn to say which revision is theirs, nor while one of them
    has a newer one: then it is this service that has the old file.
    """
    newer = any(heard.health.site_revision > site.revision for heard in facts.workers.values())
    if newer or now.since(facts.bus.since) < WORKERS_TURN_S:
        return
    for alert in open_alerts.values():
        why = _why_it_left(site, alert) if alert.is_raised and alert.updated_at <= facts.started.wall else None
        if why:
            yield cleared(Subject(site.id, alert.camera, alert.rule, alert.region), alert, why, now)


def _why_it_left(site: Site, alert: Alert) -> str | None:
    if alert.rule in OF_WORKERS | {BUS_UNREACHABLE, DOUBLE_WATCH}:
        return None  # these are about no camera
    camera = site.cameras.get(alert.camera)
    if camera is None:
        return "the camera is no longer in the site file"
    if not camera.enabled:
        return "the camera is switched off in the site file"
    if alert.region is not None and alert.region not in (camera.regions or (WHOLE_PICTURE,)):
        return "the region is no longer in the site file"
    return None


def _watch_cameras(site: Site, facts: Facts, open_alerts: Mapping[str, Alert], now: Instant) -> Iterator[AlertEvent]:
    for camera, part in site.cameras.items():
        heard = facts.cameras.get(camera)
        for rule in LEVEL_OF:
            subject = Subject(site.id, camera, rule)
            alert = raised(open_alerts, subject)
            why_not = _why_camera_is_good(site, heard, alert, now)
            if part.enabled and alert and why_not:
                yield cleared(subject, alert, why_not, now)
        subject = Subject(site.id, camera, CAMERA_SILENT)
        if part.enabled and not raised(open_alerts, subject):
            yield from _raise_silent(site, facts, subject, heard, open_alerts, now)


def _raise_silent(
    site: Site,
    facts: Facts,
    subject: Subject,
    heard: HeardCamera | None,
    open_alerts: Mapping[str, Alert],
    now: Instant,
) -> Iterator[AlertEvent]:
    limit_s, before = site.rules.camera.silent_after_s, open_alerts.get(subject.key)
    silent_s = _unspoken_of_s(facts, subject.about, heard, open_alerts, now)
    if silent_s >= limit_s:
        yield raise_since(
            subject, f"{_why_silent(heard, silent_s, limit_s, now)}; check the worker", silent_s, limit_s, now
        )
        return
    health = heard.health if heard else None
    if health is None or health.state is not CameraState.SILENT or now.since(facts.bus.since) < WORKERS_TURN_S:
        return
    if before and before.cleared_at and (now.wall - before.cleared_at).total_seconds() < WORKERS_TURN_S:
        return  # the worker has said that pictures come again; its report of the camera follows
    silent_s = (now.wall - health.since).total_seconds()
    if silent_s >= limit_s + WORKERS_TURN_S:
        why = f" ({health.reason})" if health.reason else ""
        yield raise_since(subject, f"no picture for {silent_s:.0f} s{why}; check the camera", silent_s, limit_s, now)


def _unspoken_of_s(
    facts: Facts, camera: str, heard: HeardCamera | None, open_alerts: Mapping[str, Alert], now: Instant
) -> float:
    """Seconds for which nobody has spoken of a camera who could: a worker that is silent, or says everything late, is
    an alert of its own.
    """
    speakers = [worker for worker in facts.workers.values() if camera in worker.health.cameras]
    if not speakers:
        is_told = heard is None and any(_may_be_about(alert, camera, facts) for alert in open_alerts.values())
        return 0.0 if is_told else facts.quiet_s(heard.at if heard else None, now)
    worker = max(speakers, key=lambda each: each.came.monotonic_s)
    could_speak_s = max(facts.bus.since.monotonic_s, worker.since.monotonic_s)
    return worker.came.monotonic_s - max(could_speak_s, heard.came.monotonic_s if heard else could_speak_s)


def _may_be_about(alert: Alert, camera: str, facts: Facts) -> bool:
    """Whether a worker that was silent before this service began may have watched a camera: it had figures, the last of
    them from before. One that had none, or had some later, was not its.
    """
    if alert.rule != WORKER_SILENT or not alert.is_raised or alert.camera in facts.workers:
        return False
    last_at = [heard.reading.captured_at for (of, _region), heard in facts.readings.items() if of == camera]
    return bool(last_at) and max(last_at) <= alert.raised_at


def _why_silent(heard: HeardCamera | None, silent_s: float, limit_s: float, now: Instant) -> str:
    """Whether nothing comes of a camera, or only what is old: two faults with two remedies."""
    if heard is not None and now.since(heard.came) < limit_s:
        age_s = heard.came.since(heard.at)
        return f"what is said of this camera is {age_s:.0f} s old when it comes: late, or by a clock that is behind"
    return f"no worker has spoken of this camera for {silent_s:.0f} s"


def _why_camera_is_good(site: Site, heard: HeardCamera | None, alert: Alert | None, now: Instant) -> str | None:
    """Why its alert can be cleared: good pictures for long enough since it was raised, by a report that is fresh.

    What was good before the alert proves nothing: a report may be older than the alert that it is held against.
    """
    if heard is None or heard.health is None or alert is None or heard.health.state is not CameraState.OK:
        return None
    if alert.rule in (heard.health.faults or ()) or heard.health.published_at <= alert.updated_at:
        return None
    if now.since(heard.at) >= site.rules.stale_after_s:
        return None
    dwell_s = site.rules.camera.clear_after_s + (0 if alert.alert_id.startswith(OWN_PREFIX) else WORKERS_TURN_S)
    good_s = (now.wall - max(heard.health.since, alert.updated_at)).total_seconds()
    return f"good pictures for {good_s:.0f} s" if good_s >= dwell_s else None


def _watch_workers(site: Site, facts: Facts, open_alerts: Mapping[str, Alert], now: Instant) -> Iterator[AlertEvent]:
    limit_s = worker_silent_after_s(site)
    silent_s = {name: facts.quiet_s(heard.at, now) for name, heard in facts.workers.items()}
    alive = frozenset(name for name, seconds in silent_s.items() if seconds < limit_s)
    for name, heard in facts.workers.items():
        subject = Subject(site.id, name, WORKER_SILENT)
        if name not in alive and not raised(open_alerts, subject) and not _replaced(site, facts, heard, alive):
            because = f"{_why_worker_silent(heard, limit_s, now)}: nothing is known of {_named(heard.health.cameras)}"
            yield raise_since(subject, because, silent_s[name], limit_s, now)
    yield from _raise_clocks(site, facts, open_alerts, alive, now)
    for alert in open_alerts.values():
        if alert.rule in OF_WORKERS and alert.is_raised:
            subject, heard_of = Subject(site.id, alert.camera, alert.rule), facts.workers.get(alert.camera)
            if alert.camera in alive and (alert.rule == WORKER_SILENT or _is_right_again(site, facts, alert.camera)):
                yield cleared(subject, alert, _MENDED[alert.rule], now)
            elif alert.camera not in alive and _replaced(site, facts, heard_of, alive):
                yield cleared(subject, alert, "its cameras are watched by another worker", now)


def _why_worker_silent(heard: HeardWorker, limit_s: float, now: Instant) -> str:
    """Whether nothing comes of it, or only what is old: two faults with two remedies."""
    if now.since(heard.came) < limit_s:
        late_s = heard.came.since(heard.at)
        return f"its heartbeats are {late_s:.0f} s old when they come, late or by a clock that is behind (check NTP)"
    return f"no heartbeat for {now.since(heard.came):.0f} s"


def _raise_clocks(
    site: Site, facts: Facts, open_alerts: Mapping[str, Alert], alive: frozenset[str], now: Instant
) -> Iterator[AlertEvent]:
    """Once it has lasted: what was on its way when this service's own clock was set back comes from the future too."""
    rules = site.rules.camera
    for name in sorted(alive):
        subject, heard = Subject(site.id, name, WORKER_CLOCK), facts.workers[name]
        lasts = heard.ahead_since is not None and heard.came.since(heard.ahead_since) >= rules.clock_after_s
        if lasts and not raised(open_alerts, subject):
            because = (
                f"its clock is {heard.ahead_s:.0f} s ahead of the service's: alerts and recordings bear a wrong time; "
                "check the time servers of both"
            )
            event = event_of(subject, new_id(subject, now), AlertChange.RAISED, Level.CAUTION, because, now.wall)
            shown = {"value": round(heard.ahead_s, 1), "threshold": rules.clock_off_s, "unit": "s"}
            yield event.model_copy(update=shown)


def _is_right_again(site: Site, facts: Facts, worker: str) -> bool:
    return facts.workers[worker].ahead_s < site.rules.camera.clock_off_s * CLOCK_RIGHT_AT


def _watch_doubles(
    site: Site, facts: Facts, open_alerts: Mapping[str, Alert], now: Instant, doubles: str | None
) -> Iterator[AlertEvent]:
    """Cleared only when it would have been told by now: a service that began just now does not know of it yet."""
    subject = Subject(site.id, SERVICE, DOUBLE_WATCH)
    alert = raised(open_alerts, subject)
    if doubles and not alert:
        yield event_of(subject, new_id(subject, now), AlertChange.RAISED, Level.CAUTION, doubles, now.wall)
    elif alert and not doubles and now.since(facts.bus.since) >= KNOWN_AFTER_S:
        yield cleared(subject, alert, "no two workers are in each other's way any more", now)


def _named(cameras: Sequence[str]) -> str:
    """The first few by name.

    >>> _named(["gate"]), _named(["a", "b", "c", "d", "e", "f", "g"])
    ('its camera gate', 'its 7 cameras: a, b, c, d, e and 2 more')
    """
    if len(cameras) == 1:
        return f"its camera {cameras[0]}"
    return f"its {len(cameras)} cameras: {first_few(cameras)}" if cameras else "what it watched"


def _replaced(site: Site, facts: Facts, worker: HeardWorker | None, alive: frozenset[str]) -> bool:
    """Whether living workers watch all that this one watched; of one never heard, all cameras of the site."""
    watched = {camera for name in alive for camera in facts.workers[name].health.cameras}
    had = worker.health.cameras if worker else tuple(site.cameras)
    return all(camera in watched for camera in had if camera in site.cameras and site.cameras[camera].enabled)
