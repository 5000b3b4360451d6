"""Writes the dashboards: `python deploy/grafana/make_dashboards.py`. A test compares the files with what this makes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "crushwatch-prometheus"}
WIDTH = 24
LEVELS = {
    -1: ("unknown", "#8e8e8e"),
    0: ("clear", "#3d71d9"),
    1: ("notice", "#e0b400"),
    2: ("caution", "#ff9830"),
    3: ("alert", "#e02f44"),
    4: ("critical", "#8f3bb8"),
}
COLOURS = dict(LEVELS.values())

Panel = dict[str, Any]
REGION = '{camera=~"$camera", region=~"$region"}'
CAMERA = '{camera=~"$camera"}'


def query(expr: str, legend: str = "", *, table: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"expr": expr, "legendFormat": legend or "__auto", "datasource": SOURCE}
    return found | {"instant": True, "range": False, "format": "table"} if table else found


def quantiles(histogram: str, *, by: str = "") -> list[dict[str, Any]]:
    labels = f"le, {by}" if by else "le"
    legend = f" {{{{{by}}}}}" if by else ""
    return [
        query(
            f"histogram_quantile({share}, sum by ({labels}) (rate({histogram}_bucket[$__rate_interval])))",
            f"p{int(100 * share)}{legend}",
        )
        for share in (0.5, 0.95)
    ]


def panel(
    kind: str,
    title: str,
    queries: Iterable[dict[str, Any]],
    *,
    about: str,
    unit: str = "short",
    width: int = 12,
    height: int = 8,
    **more: Any,
) -> Panel:
    targets = [target | {"refId": chr(ord("A") + number)} for number, target in enumerate(queries)]
    defaults: dict[str, Any] = {"unit": unit} | more.pop("defaults", {})
    return {
        "type": kind,
        "title": title,
        "description": about,
        "datasource": SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": more.pop("overrides", [])},
        "gridPos": {"w": width, "h": height, "x": 0, "y": 0},
    } | more


def graph(title: str, queries: Iterable[dict[str, Any]], *, about: str, **more: Any) -> Panel:
    defaults = {"min": 0, "custom": {"lineWidth": 2, "showPoints": "never", "spanNulls": 15000}}
    return panel(
        "timeseries", title, queries, about=about, defaults=defaults | more.pop("defaults", {}),
        options={"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
                 "tooltip": {"mode": "multi", "sort": "desc"}}, **more,
    )  # fmt: skip


def stat(title: str, expr: str, *, about: str, bad_from: float, unit: str = "short", legend: str = "") -> Panel:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": bad_from}]
    return panel(
        "stat", title, [query(expr, legend)], about=about, unit=unit, width=4, height=4,
        defaults={"thresholds": {"mode": "absolute", "steps": steps}, "noValue": "no data"},
        options={"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "background"},
    )  # fmt: skip


def row(title: str) -> Panel:
    return {"type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"w": WIDTH, "h": 1, "x": 0, "y": 0}}  # fmt: skip


def laid_out(panels: Iterable[Panel]) -> list[Panel]:
    """Left to right, line by line; ids in order."""
    x = y = line = 0
    placed: list[Panel] = []
    for number, one in enumerate(panels, start=1):
        position = one["gridPos"]
        if x + position["w"] > WIDTH:
            x, y, line = 0, y + line, 0
        placed.append(one | {"id": number, "gridPos": position | {"x": x, "y": y}})
        x, line = x + position["w"], max(line, position["h"])
    return placed


def variable(name: str, label: str, values: str) -> dict[str, Any]:
    return {
        "name": name, "label": label, "type": "query", "datasource": SOURCE, "multi": True, "includeAll": True,
        "current": {"text": "All", "value": "$__all"}, "refresh": 2, "sort": 1,
        "query": {"query": values, "refId": name},
    }  # fmt: skip


def dashboard(uid: str, title: str, variables: list[dict[str, Any]], panels: Iterable[Panel]) -> dict[str, Any]:
    return {
        "uid": uid, "title": title, "tags": ["crushwatch"], "schemaVersion": 39, "editable": False, "refresh": "5s",
        "time": {"from": "now-30m", "to": "now"}, "timezone": "browser", "graphTooltip": 1,
        "templating": {"list": variables}, "annotations": {"list": [_alert_marks()]}, "panels": laid_out(panels),
        "links": [{"type": "dashboards", "tags": ["crushwatch"], "title": "Crushwatch", "asDropdown": False}],
    }  # fmt: skip


def _alert_marks() -> dict[str, Any]:
    return {
        "name": "Alerts raised", "datasource": SOURCE, "enable": True, "iconColor": "red",
        "expr": 'increase(crushwatch_alert_transitions_total{change="raised"}[1m]) > 0',
        "titleFormat": "{{level}} raised", "step": "60s",
    }  # fmt: skip


def operators() -> dict[str, Any]:
    """Density against its levels, alerts, cameras."""
    regions = variable("region", "Region", "label_values(crushwatch_region_level" + CAMERA + ", region)")
    return dashboard("crushwatch-operators", "Crowd: density, alerts, cameras", [_cameras(), regions], [
        stat("Open alerts", "sum(crushwatch_alerts_open)", about="Alerts whose cause holds now.", bad_from=1),
        stat("Unacknowledged", "sum(crushwatch_alerts_unacknowledged)", about="Nobody has answered these.",
             bad_from=1),
        stat("Cameras down", "count(crushwatch_camera_up == 0) or vector(0)",
             about="Silent, frozen, covered, moved, dark or overexposed: their regions are unknown, not safe.",
             bad_from=1),
        stat("Unknown regions", "count(crushwatch_region_level == -1) or vector(0)",
             about="No figure recent enough to be believed.", bad_from=1),
        stat("Oldest figure", "max(crushwatch_region_age_seconds)", about="Older than 15 s is unknown.", bad_from=15,
             unit="s"),
        stat("Service and workers away", 'count(up{job=~"crushwatch-.*"} == 0) or vector(0)',
             about="Programs that do not answer.", bad_from=1),
        _levels_over_time(),
        _density_of_region(),
        row("People and alerts"),
        graph("People by region", [query("crushwatch_region_count_people" + REGION, "{{camera}} / {{region}}")],
              about="Counted people, median of the filter window."),
        graph("Open alerts by level", [query("sum by (level) (crushwatch_alerts_open)", "{{level}}")],
              about="Alerts whose cause holds.", overrides=_level_colours()),
        row("Cameras"),
        graph("Figures' age by region", [query("crushwatch_region_age_seconds" + REGION, "{{camera}} / {{region}}")],
              about="Marked from 5 s, unknown from 15 s.", unit="s"),
        graph("Quality of the figures",
              [query("crushwatch_region_quality_ratio" + REGION, "{{camera}} / {{region}}")],
              about="0: not to be believed, 1: nothing speaks against it.", unit="percentunit", defaults={"max": 1}),
        graph("Cameras that give pictures", [query("crushwatch_camera_up" + CAMERA, "{{camera}}")],
              about="1 while the camera gives pictures that can be counted.", defaults={"max": 1}),
        graph("Faults of cameras", [query("crushwatch_camera_fault" + CAMERA + " == 1", "{{camera}} {{fault}}")],
              about="Alerts of the cameras themselves that are open.", defaults={"max": 1}),
        graph("Frames counted by camera",
              [query("crushwatch_camera_analysed_frames_per_second" + CAMERA, "{{camera}}")],
              about="Frames through the network.", unit="hertz"),
    ])  # fmt: skip


def engineers() -> dict[str, Any]:
    """From the frame to the browser: where time and frames go."""
    per_camera = CAMERA + "[$__rate_interval]"
    return dashboard("crushwatch-engineers", "Engines: frames, inference, queues", [_cameras()], [
        row("Capture"),
        graph("Frames decoded", [query(f"rate(crushwatch_worker_frames_decoded_total{per_camera})", "{{camera}}")],
              about="Decoded from each camera.", unit="hertz", width=8),
        graph("Frames analysed", [query(f"rate(crushwatch_worker_frames_analysed_total{per_camera})", "{{camera}}")],
              about="Through the network; below the site's analysis_rate_hz the machine is too slow.", unit="hertz",
              width=8),
        graph("Frames overtaken", [query(f"rate(crushwatch_worker_frames_overtaken_total{per_camera})", "{{camera}}")],
              about="Decoded and never analysed, because a newer one was there. Usual when a camera gives more than is "
                    "analysed.", unit="hertz", width=8),
        graph("Frames left out", [query(f"rate(crushwatch_worker_frames_left_out_total{per_camera})", "{{camera}}")],
              about="Read over a second late and left out to come back to the present. Not 0: the decoder is slower "
                    "than the camera, the machine too busy, or the network or the camera keeps pictures back "
                    "(camera-clock).", unit="hertz", width=8),
        graph("Age of the newest analysed frame",
              [query("crushwatch_worker_frame_age_seconds" + CAMERA, "{{camera}}")], about="Seconds since capture.",
              unit="s", width=8),
        graph("Reconnections", [query(f"increase(crushwatch_worker_reconnects_total{per_camera})", "{{camera}}")],
              about="Connections made anew.", width=8),
        graph("Decode errors", [query(f"rate(crushwatch_worker_decode_errors_total{per_camera})", "{{camera}}")],
              about="Packets that could not be decoded, a second.", unit="hertz", width=8),
        graph("Analysed of what is asked for", [query("crushwatch_worker_analysed_ratio" + CAMERA, "{{camera}}")],
              about="Frames analysed over analysis_rate_hz. All below 1 alike: the worker is too slow.",
              unit="percentunit", width=8, defaults={"max": 1}),
        row("Inference"),
        graph("Inference time of a batch", quantiles("crushwatch_worker_inference_seconds", by="instance"),
              about="In the network alone.", unit="s", width=8),
        graph("Batch fill", [query("crushwatch_worker_batch_fill_ratio", "{{instance}}")],
              about="Frames in the last batch over its largest size; at 1 all the time the engine is full.",
              unit="percentunit", width=8, defaults={"max": 1}),
        graph("Frames a batch",
              [query("sum by (instance) (rate(crushwatch_worker_batch_frames_sum[$__rate_interval])) / "
                     "sum by (instance) (rate(crushwatch_worker_batch_frames_count[$__rate_interval]))",
                     "{{instance}}")], about="Mean number of frames in a batch.", width=8),
        graph("Engine degraded", [query("crushwatch_worker_engine_degraded", "{{instance}}")],
              about="1 since the GPU failed: smaller batches, or the processor.", width=8, defaults={"max": 1}),
        row("Age of figures"),
        graph("Capture to publish", quantiles("crushwatch_worker_capture_to_publish_seconds", by="instance"),
              about="Within the worker.", unit="s", width=8),
        graph("Capture to store", quantiles("crushwatch_capture_to_store_seconds"), about="Until it is stored.",
              unit="s", width=8),
        graph("Capture to browser", quantiles("crushwatch_capture_to_browser_seconds"),
              about="Until it is handed to a browser's socket.", unit="s", width=8),
        row("Redis and queues"),
        graph("Redis reachable", [query("crushwatch_bus_up", "service"),
                                  query("crushwatch_worker_bus_up", "{{instance}}")],
              about="1 while Redis answers.", width=8, defaults={"max": 1}),
        graph("Messages waiting for the service", [query("crushwatch_bus_backlog_messages", "backlog")],
              about="Published and not handled yet: the consumer's lag.", width=8),
        graph("Alert events waiting on disk", [query("crushwatch_worker_outbox_events", "{{instance}}")],
              about="The worker's outbox: more than 0 while Redis is away.", width=8),
        graph("Readings and alert events published",
              [query("rate(crushwatch_worker_readings_published_total[$__rate_interval])", "readings {{instance}}"),
               query("rate(crushwatch_worker_alert_events_published_total[$__rate_interval])",
                     "alert events {{instance}}")], about="Given to Redis, a second.", unit="hertz", width=8),
        graph("Readings stored, dropped; messages rejected",
              [query("rate(crushwatch_readings_stored_total[$__rate_interval])", "stored"),
               query("rate(crushwatch_readings_dropped_total[$__rate_interval])", "dropped"),
               query("rate(crushwatch_messages_rejected_total[$__rate_interval])", "rejected")],
              about="In the service, a second.", unit="hertz", width=8),
        graph("Browsers", [query("crushwatch_live_clients", "live channel")], about="On the live channel.", width=8),
        graph("A second service", [query("crushwatch_second_service", "{{instance}}")],
              about="1 while another service takes part of the site's messages: end one of them.", width=8,
              defaults={"max": 1}),
        row("Webhooks and steps of alerts"),
        graph("Webhook deliveries by result",
              [query("sum by (channel, result) (increase(crushwatch_webhook_deliveries_total[$__rate_interval]))",
                     "{{channel}} {{result}}")], about="Delivered, failed (tried again), dead (given up)."),
        graph("Steps of alerts",
              [query("sum by (change, level) (increase(crushwatch_alert_transitions_total[$__rate_interval]))",
                     "{{change}} {{level}}")], about="Raised, escalated, lowered, cleared."),
        row("Programs"),
        graph("Memory", [query('process_resident_memory_bytes{job=~"crushwatch-.*"}', "{{job}} {{instance}}")],
              about="Resident.", unit="bytes", width=8),
        graph("Processor", [query('rate(process_cpu_seconds_total{job=~"crushwatch-.*"}[$__rate_interval])',
                                  "{{job}} {{instance}}")], about="Cores in use.", width=8),
        graph("Revision of the site file", [query("crushwatch_site_revision", "service"),
                                            query("crushwatch_worker_site_revision", "{{instance}}")],
              about="In force. They differ while a machine has not received the file, or refused it.", width=8),
        panel("table", "What runs", [query("crushwatch_worker_info", table=True)], width=16, height=6,
              about="Model, engine, precision and device of each worker."),
        panel("table", "Versions", [query("crushwatch_build_info", table=True)], width=8, height=6,
              about="Of the service."),
    ])  # fmt: skip


def _cameras() -> dict[str, Any]:
    return variable("camera", "Camera", "label_values(crushwatch_camera_up, camera)")


def _density_of_region() -> Panel:
    where = '{camera=~"$camera", region="$region"}'
    return graph(
        "Density: $region",
        [
            query("crushwatch_region_density_people_per_square_metre" + where, "{{camera}} mean"),
            query("crushwatch_region_density_low_people_per_square_metre" + where, "{{camera}} mean, at least"),
            query("crushwatch_region_density_high_people_per_square_metre" + where, "{{camera}} mean, at most"),
            query("crushwatch_region_peak_density_people_per_square_metre" + where, "{{camera}} 3 m x 3 m peak"),
            query("max by (level) (crushwatch_region_threshold_people_per_square_metre" + where + ")", "{{level}}"),
        ],
        about="People per square metre against the region's own levels. A gap is no data, which is not safety.",
        repeat="region", repeatDirection="h", maxPerRow=2, overrides=_level_colours(dashed=True),
        defaults={"decimals": 1},
    )  # fmt: skip


def _levels_over_time() -> Panel:
    colours: Mapping[str, Any] = {
        str(value): {"text": name, "color": colour, "index": value + 1} for value, (name, colour) in LEVELS.items()
    }
    return panel(
        "state-timeline", "Level by region", [query("crushwatch_region_level" + REGION, "{{camera}} / {{region}}")],
        about="The level that the rules hold. Grey is unknown: no figure to be believed.", width=WIDTH, height=7,
        defaults={"mappings": [{"type": "value", "options": colours}], "color": {"mode": "fixed"}},
        options={"mergeValues": True, "showValue": "auto", "rowHeight": 0.8},
    )  # fmt: skip


def _level_colours(*, dashed: bool = False) -> list[dict[str, Any]]:
    dash = [{"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}}] if dashed else []
    return [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}, *dash],
        }
        for name, colour in COLOURS.items()
        if name not in ("unknown", "clear")
    ]


def texts() -> dict[str, str]:
    """The files' names and contents."""
    made = {"operators.json": operators(), "engineers.json": engineers()}
    return {name: json.dumps(content, indent=1, ensure_ascii=False) + "\n" for name, content in made.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
