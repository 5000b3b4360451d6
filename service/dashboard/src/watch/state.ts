/** What the page knows, and how each message of the live channel changes it. Pure: old state in, new state out. */

import type { AlertView, CameraView, LiveMessage, RegionReading, RegionUpdate, RegionView, SiteView, Snapshot, TrendView } from "../messages";
import { epochS } from "../times";
import { NO_TREND, TREND_S, extended, type Trend } from "./trend";

/** Closed alarms that stay readable under the open ones. */
const CLOSED_KEPT = 20;

export interface Watch {
  readonly site: SiteView | null;
  /** By id. */
  readonly cameras: Readonly<Record<string, CameraView>>;
  /** Ids in the order of the site file. */
  readonly order: readonly string[];
  /** The open ones, by id. */
  readonly alerts: Readonly<Record<string, AlertView>>;
  /** The latest closed ones, newest first. */
  readonly closed: readonly AlertView[];
  /** By `camera/region`. */
  readonly trends: Readonly<Record<string, Trend>>;
  /** Regions whose figures come but are not believed: epoch seconds of the first such figure, by `camera/region`. */
  readonly unknownSinceS: Readonly<Record<string, number>>;
  /** What the service itself lacks now. */
  readonly faults: readonly string[];
}

export const NOTHING: Watch = { site: null, cameras: {}, order: [], alerts: {}, closed: [], trends: {}, unknownSinceS: {}, faults: [] };

export function regionKey(region: { readonly camera: string; readonly region: string }): string {
  return `${region.camera}/${region.region}`;
}

export function reduce(watch: Watch, message: LiveMessage): Watch {
  switch (message.type) {
    case "snapshot":
      return fromSnapshot(watch, message);
    case "trends":
      return { ...watch, trends: { ...watch.trends, ...trendsOf(message.trends) } };
    case "readings":
      return withReadings(watch, message.readings);
    case "camera":
      return withCamera(watch, message.camera);
    case "alert":
      return withAlert(watch, message.alert);
    case "tick":
      return sameTexts(watch.faults, message.faults) ? watch : { ...watch, faults: message.faults };
    case "preview":
      return watch;
  }
}

function fromSnapshot(before: Watch, snapshot: Snapshot): Watch {
  const open = snapshot.alerts.filter((alert) => alert.state !== "closed");
  return {
    site: snapshot.site,
    cameras: Object.fromEntries(snapshot.cameras.map((camera) => [camera.id, camera])),
    order: snapshot.cameras.map((camera) => camera.id),
    alerts: Object.fromEntries(open.map((alert) => [alert.alert_id, alert])),
    closed: before.closed,
    trends: trendsOf(snapshot.trends),
    unknownSinceS: unknownSince(before.unknownSinceS, snapshot.cameras.flatMap((camera) => camera.regions)),
    faults: snapshot.faults,
  };
}

function trendsOf(views: Readonly<Record<string, TrendView>>): Record<string, Trend> {
  return Object.fromEntries(Object.entries(views).map(([key, view]) => [key, trendOf(view)]));
}

function trendOf(view: TrendView): Trend {
  const first = view.t.findIndex((t) => t > (view.t.at(-1) ?? 0) - TREND_S);
  const from = Math.max(0, first);
  const values = view.density.some((density) => density !== null) ? view.density : view.count;
  return { t: view.t.slice(from), value: values.slice(from) };
}

/** All figures of a message at once: of a large site there are thousands a second, and each copy costs. */
function withReadings(watch: Watch, updates: readonly RegionUpdate[]): Watch {
  const cameras: Record<string, CameraView> = { ...watch.cameras };
  const trends: Record<string, Trend> = { ...watch.trends };
  let known = false;
  for (const update of updates) {
    const camera = cameras[update.camera];
    const region = camera?.regions.find((candidate) => candidate.region === update.region);
    if (!camera || !region) continue;
    const changed: RegionView = { ...region, ...update };
    cameras[camera.id] = { ...camera, regions: camera.regions.map((candidate) => (candidate === region ? changed : candidate)) };
    if (update.reading && !update.stale) trends[regionKey(update)] = withPoint(trends[regionKey(update)] ?? NO_TREND, update.reading);
    known = true;
  }
  return known ? { ...watch, cameras, trends, unknownSinceS: unknownSince(watch.unknownSinceS, updates) } : watch;
}

/** `before`, with regions that have just become unknown and without those that are known again. */
function unknownSince(before: Watch["unknownSinceS"], updates: readonly RegionUpdate[]): Watch["unknownSinceS"] {
  const changed = updates.filter((update) => (update.level === "unknown") !== regionKey(update) in before);
  if (changed.length === 0) return before;
  const after = { ...before };
  for (const update of changed) {
    if (update.level !== "unknown") delete after[regionKey(update)];
    else if (update.reading) after[regionKey(update)] = epochS(update.reading.captured_at);
  }
  return after;
}

function withPoint(trend: Trend, reading: RegionReading): Trend {
  return extended(trend, epochS(reading.captured_at), trendValue(reading));
}

function trendValue(reading: RegionReading): number {
  return reading.density_per_m2 ?? reading.count;
}

function withCamera(watch: Watch, camera: CameraView): Watch {
  const order = camera.id in watch.cameras ? watch.order : [...watch.order, camera.id];
  return { ...watch, order, cameras: { ...watch.cameras, [camera.id]: camera } };
}

function withAlert(watch: Watch, alert: AlertView): Watch {
  if (alert.state !== "closed") return { ...watch, alerts: { ...watch.alerts, [alert.alert_id]: alert } };
  const { [alert.alert_id]: _gone, ...alerts } = watch.alerts;
  const others = watch.closed.filter((candidate) => candidate.alert_id !== alert.alert_id);
  return { ...watch, alerts, closed: [alert, ...others].slice(0, CLOSED_KEPT) };
}

/** With what the service has on record of alarms that are over, beside those that ended before this page's eyes. */
export function withRecord(watch: Watch, recent: readonly AlertView[]): Watch {
  const known = new Map([...watch.closed, ...recent.filter((alert) => alert.state === "closed")].map((alert) => [alert.alert_id, alert]));
  const closed = [...known.values()].filter((alert) => !(alert.alert_id in watch.alerts));
  return { ...watch, closed: closed.sort((one, other) => epochS(other.updated_at) - epochS(one.updated_at)).slice(0, CLOSED_KEPT) };
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
