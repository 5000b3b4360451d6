/** Figures as text: people per square metre with one decimal, people whole, rates with their sign. */

import { RAISED, levelOf, rankOf, type Level, type Thresholds } from "./levels";
import type { Forecast } from "./messages";

/** A rate nearer to zero than this is noise: the arrow lies flat. People per m² and minute. */
const STEADY_PER_MIN = 0.05;

export type Trend = "rising" | "falling" | "steady";

/** `5.2`. A figure below a threshold is never rounded up to it when the thresholds are given. */
export function densityText(density: number, thresholds?: Thresholds | null): string {
  const rounded = density.toFixed(1);
  const below = thresholds && RAISED.some((level) => density < thresholds[level] && Number(rounded) >= thresholds[level]);
  return below ? (Math.floor(density * 10) / 10).toFixed(1) : rounded;
}

/** `4.2`: a figure below a mark is never rounded up to it. */
export function belowText(density: number, mark: number): string {
  const rounded = density.toFixed(1);
  return density < mark && Number(rounded) >= mark ? (Math.floor(density * 10) / 10).toFixed(1) : rounded;
}

/** `0.9`, `2`: times a second. */
export function timesText(perSecond: number): string {
  return String(Math.round(perSecond * 10) / 10);
}

/** `1,204`: people are whole. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString("en-GB");
}

export function trendOf(ratePerMin: number): Trend {
  if (ratePerMin >= STEADY_PER_MIN) return "rising";
  return ratePerMin <= -STEADY_PER_MIN ? "falling" : "steady";
}

/** `+0.4`, `−0.3`, `0.0`; a true minus sign, and no sign on what rounds to zero. */
export function rateText(ratePerMin: number): string {
  const size = Math.abs(ratePerMin).toFixed(1);
  if (Number(size) === 0) return size;
  return `${ratePerMin > 0 ? "+" : "−"}${size}`;
}

export interface Arrival {
  readonly level: Level;
  readonly inS: number;
}

/** Farther ahead nobody who watches can act on it, and its band is as wide as itself. */
const FORESEEN_WITHIN_S = 300;
/** Nothing is told of a level before its half: the alert `forecast` asks for that too. */
const FORESEEN_FROM_SHARE = 0.5;

/**
 * When from now the next level above `level` will be passed, as the service foresaw it `ageS` ago; null if it foresees none
 * that is near enough, from a crowd that is dense enough and surely grows.
 */
export function nextArrival(forecast: Forecast | null, level: Level, ageS: number): Arrival | null {
  if (!forecast || forecast.rate_low_per_m2_per_min <= 0) return null;
  const above = (forecast.levels ?? []).filter((coming) => rankOf(levelOf(coming.level)) > rankOf(level));
  if (above.length === 0) return null;
  const next = above.reduce((first, other) => (other.in_s < first.in_s ? other : first));
  const inS = Math.max(0, next.in_s - ageS);
  const isDense = forecast.density_per_m2 >= FORESEEN_FROM_SHARE * next.threshold_per_m2;
  return isDense && inS <= FORESEEN_WITHIN_S ? { level: levelOf(next.level), inS } : null;
}

/** `4.6–5.9`: between which figures the true one lies nine times in ten; null where that is not known. */
export function bandText(low: number | null | undefined, high: number | null | undefined, text: (figure: number) => string = densityText): string | null {
  return low == null || high == null ? null : `${text(low)}–${text(high)}`;
}
