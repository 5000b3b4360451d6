/** What may be shown of a region now. No data is never shown as safe: old, missing or blind means `unknown`. */

import { bandOf, levelOf, rankOf, worstOf, type Level } from "../levels";
import type { AlertView, CameraView, Hold, RegionReading, RegionView } from "../messages";
import { durationText, epochS } from "../times";
import { words } from "../words";
import { regionKey } from "./state";

/** An age below this is the ordinary way of a frame and is not worth a word. */
export const AGE_WORTH_SAYING_S = 2;

export interface Shown {
  readonly camera: string;
  readonly region: string;
  readonly name: string;
  readonly level: Level;
  /** It is seen and counted, but without a ground there is no density to hold against the levels: unknown, yet not lost. */
  readonly uncalibrated: boolean;
  /** Why the level is unknown; empty otherwise. */
  readonly reason: string;
  /** The level of the alarm that is still open while the region cannot be seen: unknown ends no alarm. */
  readonly held: Level | null;
  /** Since when it is unknown, epoch seconds; null if not known or not unknown. */
  readonly sinceS: number | null;
  /** The last figures there are; struck out unless `current`. */
  readonly reading: RegionReading | null;
  readonly current: boolean;
  /** The figure is old enough to be marked, though not yet unknown. */
  readonly stale: boolean;
  /** Seconds since capture, once it is worth saying. */
  readonly ageS: number | null;
  /** What holds its alarms whose figures have fallen, by a reading that is young enough to say so. */
  readonly holds: readonly Hold[];
}

export interface AgeLimits {
  readonly stale_after_s: number;
  readonly unknown_after_s: number;
}

/** Where the service has not said otherwise. */
export const USUAL_LIMITS: AgeLimits = { stale_after_s: 5, unknown_after_s: 15 };

/**
 * open: the level of the region's alarm that has not cleared. unknownSinceS: when figures began to come that are not
 * believed, where that is known.
 */
export function shownRegion(
  region: RegionView, camera: CameraView, nowS: number, limits: AgeLimits, open: Level, unknownSinceS: number | null = null,
): Shown {
  const reading = region.reading ?? null;
  const capturedS = reading ? epochS(reading.captured_at) : null;
  const ageS = capturedS === null ? null : Math.max(0, nowS - capturedS);
  const blind = blindness(region, camera, ageS, nowS, limits);
  const level = blind ? "unknown" : besideAlarm(levelOf(region.level), open);
  const uncalibrated = !blind && level === "unknown" && countsOnly(region, limits);
  const current = level !== "unknown" || uncalibrated;
  return {
    camera: region.camera,
    region: region.region,
    name: regionName(region, camera),
    level,
    uncalibrated,
    held: level === "unknown" && rankOf(open) > ownRank({ level, uncalibrated }) ? open : null,
    reason: uncalibrated ? words.unknown.uncalibrated : current ? "" : (blind?.reason ?? (region.reason || words.unknown.unnamed)),
    sinceS: current ? null : (blind?.sinceS ?? unknownSinceS ?? capturedS),
    reading,
    current,
    stale: current && ageS !== null && (ageS >= limits.stale_after_s || (region.stale && !uncalibrated)),
    ageS: ageS !== null && ageS >= AGE_WORTH_SAYING_S ? ageS : null,
    holds: ageS !== null && ageS < limits.stale_after_s ? (reading?.holds ?? []) : [],
  };
}

/** A region is not calmer than its alarm: that stays open for a while after the density has fallen. */
function besideAlarm(level: Level, open: Level): Level {
  return level === "unknown" || rankOf(level) >= rankOf(open) ? level : open;
}

/** Whether a count is all that a young reading has; quality 0 is a frame that shows nothing: frozen, dark. */
function countsOnly(region: RegionView, limits: AgeLimits): boolean {
  const reading = region.reading ?? null;
  const young = (region.age_s ?? 0) < limits.unknown_after_s;
  return reading !== null && young && reading.density_per_m2 == null && reading.quality > 0;
}

/** Under which the service counts a whole picture, for a camera without configured regions. */
const WHOLE_PICTURE = "picture";

/** What people call a region; the whole picture of a camera goes by the camera's name. */
export function regionName(region: RegionView, camera: CameraView): string {
  const isWhole = region.region === WHOLE_PICTURE && ["", WHOLE_PICTURE].includes(region.name);
  return (isWhole ? camera.name : region.name) || region.region;
}

interface Blindness {
  readonly reason: string;
  readonly sinceS: number | null;
}

/** Why a region cannot be seen now, whatever level was said last; null if nothing speaks against it. */
function blindness(region: RegionView, camera: CameraView, ageS: number | null, nowS: number, limits: AgeLimits): Blindness | null {
  const lost = cameraLost(camera, nowS);
  if (lost) return lost;
  if (ageS === null) return { reason: region.reason || words.unknown.noFigure, sinceS: null };
  if (ageS < limits.unknown_after_s) return null;
  return { reason: words.unknown.oldFigure(durationText(ageS)), sinceS: nowS - ageS };
}

/** Below this share of what the site asks for it is said how often a camera is counted. */
const DEGRADED_SHARE = 0.8;

/** A rate over the last ten seconds says nothing before they have passed. */
const SETTLED_AFTER_S = 15;

/** Whether a camera that has been well for a while is counted more seldom than asked for. */
export function isDegraded(camera: CameraView, nowS: number): boolean {
  const { state, since, analysed_rate_hz: counted, asked_rate_hz: asked } = camera;
  const isSettled = since !== null && nowS - epochS(since) >= SETTLED_AFTER_S;
  return state === "ok" && isSettled && counted > 0 && counted < DEGRADED_SHARE * asked;
}

/** Why a camera shows nothing that could be believed, and since when; null while it is well. */
export function cameraLost(camera: CameraView, nowS: number): Blindness | null {
  const sinceS = camera.since ? epochS(camera.since) : null;
  const lastFrameS = camera.last_frame_at ? epochS(camera.last_frame_at) : sinceS;
  const lasted = (fromS: number | null): string => durationText(nowS - (fromS ?? nowS));
  switch (camera.state) {
    case "ok":
      return null;
    case "starting":
      return { reason: words.unknown.starting, sinceS };
    case "off":
      return { reason: words.unknown.off, sinceS };
    case "silent":
      return { reason: camera.last_frame_at ? words.unknown.silent(lasted(lastFrameS)) : words.unknown.never(camera.reason), sinceS: lastFrameS };
    case "frozen":
      return { reason: words.unknown.frozen(lasted(sinceS)), sinceS };
    case "dark":
    case "overexposed":
    case "covered":
    case "moved":
      return { reason: words.unknown[camera.state](lasted(sinceS)), sinceS };
    default:
      return { reason: camera.reason || words.unknown.unnamed, sinceS };
  }
}

/** What is wrong with a camera whose figures still stand, in a few words. */
export function faultsText(camera: CameraView): string {
  return camera.faults.map((name) => words.cameraFault[name]).filter(Boolean).join(words.between);
}

/** Whether anything is known of what a camera looks at: of one that is well but whose figures are all unknown, too old say, it is not. */
export function isSeen(camera: CameraView, regions: readonly Shown[], nowS: number): boolean {
  return cameraLost(camera, nowS) === null && (regions.length === 0 || regions.some((shown) => shown.current));
}

/** Whether the peak, not the mean, is what reached the highest threshold: then it is drawn as strong as the figure. */
export function peakDrives(region: RegionView): boolean {
  const mean = region.reading?.density_per_m2;
  const peak = region.reading?.peak_density_per_m2;
  if (mean == null || peak == null) return false;
  return rankOf(bandOf(peak, region.thresholds)) > rankOf(bandOf(mean, region.thresholds));
}

/** Just above clear: nothing says that it is safe, and nothing that it is in danger. */
const UNCALIBRATED_RANK = 0.5;

function ownRank({ level, uncalibrated }: Pick<Shown, "level" | "uncalibrated">): number {
  return uncalibrated ? UNCALIBRATED_RANK : rankOf(level);
}

/** The level of several regions together; those that are only counted make them unknown where all else is clear. */
export function levelTogether(regions: readonly Shown[]): Level {
  const level = worstOf(regions.filter((shown) => !shown.uncalibrated).map((shown) => shown.level));
  return level === "clear" && regions.some((shown) => shown.uncalibrated) ? "unknown" : level;
}

/** How bad a region is for sorting: one that was at alert when its camera was lost still stands that high. */
export function severity(shown: Shown): number {
  return Math.max(ownRank(shown), shown.held ? rankOf(shown.held) : 0);
}

/** The level of the highest alarm that has not cleared in each region, by `camera/region`. */
export function openLevels(alerts: Iterable<AlertView>): ReadonlyMap<string, Level> {
  const open = new Map<string, Level>();
  for (const alert of alerts) {
    if (alert.region === null || alert.cleared_at) continue;
    const key = regionKey({ camera: alert.camera, region: alert.region });
    open.set(key, worstOf([open.get(key) ?? "clear", levelOf(alert.level)]));
  }
  return open;
}
