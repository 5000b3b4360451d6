/**
 * Small made-up things for the tests, each as short as its test needs. They are cast to their types, so that a field
 * which the service adds and no test looks at breaks none of them.
 */

import type { AlertView, CameraView, RegionReading, RegionView, Snapshot } from "../src/messages";

export const NOW_S = Date.parse("2026-05-01T13:15:08Z") / 1000;

export function iso(atS: number): string {
  return new Date(atS * 1000).toISOString();
}

export function reading(changes: Partial<RegionReading> = {}): RegionReading {
  return {
    version: 1,
    kind: "reading",
    site: "fair",
    camera: "north",
    region: "gate",
    captured_at: iso(NOW_S - 0.4),
    published_at: iso(NOW_S - 0.2),
    sequence: 1,
    count: 208,
    area_m2: 40,
    density_per_m2: 5.2,
    peak_density_per_m2: 5.9,
    instant_count: 208,
    instant_density_per_m2: 5.2,
    newest_density_per_m2: 5.2,
    truth_count: null,
    rate_per_m2_per_min: 0.4,
    level: "critical",
    quality: 1,
    quality_reasons: [],
    seen_share: 1,
    model: "compact",
    engine: "openvino",
    ...changes,
  } as RegionReading;
}

export function region(changes: Partial<RegionView> = {}): RegionView {
  return {
    camera: "north",
    region: "gate",
    level: "critical",
    stale: false,
    age_s: 0.4,
    reason: "",
    reading: reading(),
    name: "North gate",
    kind: "standing",
    outline: null,
    gates: [],
    thresholds: { notice: 2, caution: 3, alert: 4, critical: 5 },
    capacity_people: null,
    actions: { notice: null, caution: null, alert: null, critical: null },
    ...changes,
  } as RegionView;
}

export function camera(changes: Partial<CameraView> = {}): CameraView {
  return {
    id: "north",
    name: "North square",
    enabled: true,
    simulated: false,
    state: "ok",
    since: iso(NOW_S - 600),
    reason: "",
    faults: [],
    last_frame_at: iso(NOW_S - 0.4),
    width_px: 1280,
    height_px: 720,
    codec: "h264",
    source_rate_hz: 25,
    analysed_rate_hz: 2,
    asked_rate_hz: 2,
    machine_slow: false,
    obstacles: [],
    reconnects: 0,
    frames_analysed: 1200,
    decode_errors: 0,
    worker: "worker-1",
    heard_at: iso(NOW_S),
    regions: [region()],
    ...changes,
  } as CameraView;
}

export function alert(changes: Partial<AlertView> = {}): AlertView {
  return {
    alert_id: "a1",
    about: "region",
    camera: "north",
    region: "gate",
    title: "North square · North gate",
    rule: "levels",
    state: "raised-unacknowledged",
    level: "critical",
    highest_level: "critical",
    raised_at: iso(NOW_S),
    updated_at: iso(NOW_S),
    cleared_at: null,
    acknowledged_at: null,
    acknowledged_by: null,
    note: null,
    because: "5.2 people/m² for 12 s, threshold 5.0",
    value: 5.2,
    threshold: 5,
    unit: "people/m²",
    action: "open gate B, call 3",
    occurrences: 1,
    simulated: false,
    ...changes,
  } as AlertView;
}

export function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    type: "snapshot",
    server_time: iso(NOW_S),
    site: {
      id: "fair",
      name: "Harbour festival",
      revision: 1,
      timezone: "Asia/Seoul",
      cameras: ["north"],
      standing: { notice: 2, caution: 3, alert: 4, critical: 5 },
      moving: { notice: 1.5, caution: 2, alert: 3, critical: 4 },
      judge: "worst",
      stale_after_s: 5,
      unknown_after_s: 15,
      login_required: false,
      version: "0.1.0",
    },
    cameras: [camera()],
    alerts: [],
    trends: {},
    faults: [],
    ...changes,
  } as Snapshot;
}
