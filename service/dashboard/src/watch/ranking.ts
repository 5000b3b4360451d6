/** Orders: where is it worst, which cameras stand on the wall, which alarm comes first. */

import { levelOf, rankOf, type Level } from "../levels";
import type { AlertView } from "../messages";
import { epochS } from "../times";
import { regionKey } from "./state";
import { severity, type Shown } from "./shown";

/** Regions of one level change places only when they differ by more than this: a strip that jitters cannot be read. */
const SETTLED_WITHIN_PER_M2 = 0.3;

function figureOf(shown: Shown): number {
  const reading = shown.reading;
  return Math.max(reading?.density_per_m2 ?? 0, reading?.peak_density_per_m2 ?? 0);
}

function isWorse(one: Shown, other: Shown): boolean {
  const rank = severity(one) - severity(other);
  return rank !== 0 ? rank > 0 : figureOf(one) > figureOf(other) + SETTLED_WITHIN_PER_M2;
}

/** Regions from the worst on; `before` is the order of the last time (keys), from which little moves without need. */
export function worstFirst(regions: readonly Shown[], before: readonly string[]): Shown[] {
  const place = new Map(before.map((key, index) => [key, index]));
  const placeOf = (shown: Shown): number => place.get(regionKey(shown)) ?? before.length;
  const sorted = [...regions].sort(
    (one, other) => severity(other) - severity(one) || placeOf(one) - placeOf(other) || figureOf(other) - figureOf(one),
  );
  for (let at = 1; at < sorted.length; at++) {
    for (let to = at; to > 0 && isWorse(sorted[to]!, sorted[to - 1]!); to--) {
      [sorted[to - 1], sorted[to]] = [sorted[to]!, sorted[to - 1]!];
    }
  }
  return sorted;
}

/** Cameras by the severity of their worst region, then as in the site file: tiles never move with a figure alone. */
export function worstCameras(order: readonly string[], regions: readonly Shown[], lost: ReadonlySet<string>): string[] {
  const worst = new Map(order.map((camera) => [camera, lost.has(camera) ? rankOf("unknown") : 0]));
  for (const shown of regions) worst.set(shown.camera, Math.max(worst.get(shown.camera) ?? 0, severity(shown)));
  return [...order].sort((one, other) => worst.get(other)! - worst.get(one)!);
}

export const WALL_SIZES = [1, 4, 9, 16] as const;
export type WallSize = (typeof WALL_SIZES)[number];

/** The smallest wall that shows all cameras, or the largest there is. */
export function fittingWall(cameras: number): WallSize {
  return WALL_SIZES.find((size) => size >= cameras) ?? 16;
}

export interface Page {
  readonly cameras: readonly string[];
  readonly page: number;
  readonly pages: number;
}

/** Page number `page` of the wall, or the last one there is. */
export function wallPage(order: readonly string[], size: number, page: number): Page {
  const pages = Math.max(1, Math.ceil(order.length / size));
  const here = Math.min(Math.max(0, page), pages - 1);
  return { cameras: order.slice(here * size, (here + 1) * size), page: here, pages };
}

export function waits(alert: AlertView): boolean {
  return alert.state === "raised-unacknowledged" || alert.state === "cleared-unacknowledged";
}

/** Whether an alarm says that figures do not arrive, from a worker or at all. */
export function isAboutTheWay(alert: AlertView): boolean {
  return alert.rule === "bus-unreachable" || alert.rule === "worker-silent";
}

/** The level that an alarm is listed under: one that has cleared keeps the highest that it had. */
export function listedLevel(alert: AlertView): Level {
  return alert.cleared_at ? levelOf(alert.highest_level) : levelOf(alert.level);
}

/**
 * What waits for somebody comes first; among these the worst, so that `A` takes the critical that sounds and not a lesser
 * alarm that came after it; of one level what still holds, then what is about people before what is about equipment, then the
 * newest.
 */
export function alarmOrder(alerts: Iterable<AlertView>): AlertView[] {
  return [...alerts].sort(
    (one, other) =>
      Number(waits(other)) - Number(waits(one)) ||
      rankOf(listedLevel(other)) - rankOf(listedLevel(one)) ||
      Number(one.cleared_at !== null) - Number(other.cleared_at !== null) ||
      Number(one.region === null) - Number(other.region === null) ||
      levelSinceS(other) - levelSinceS(one),
  );
}

/** When an alarm came to the level that it is listed under: what escalated is as new as its escalation. */
export function levelSinceS(alert: AlertView): number {
  return epochS((alert.cleared_at && alert.highest_at) || (alert.level_at ?? alert.raised_at));
}

/** Why an alarm stands at the level that it is listed under: of what is over that tells what happened, and not how it ended. */
export function listedBecause(alert: AlertView): string {
  return (alert.cleared_at && alert.highest_because) || alert.because;
}
