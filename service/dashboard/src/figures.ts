/** Figures as text: people per square metre with one decimal, people whole, rates with their sign. */

import { RAISED, rankOf, type Level, type Raised, type Thresholds } from "./levels";

/** A rate nearer to zero than this is noise: the arrow lies flat. People per m² and minute. */
const STEADY_PER_MIN = 0.05;
/** A time to the next level further away than this says nothing. */
const FORECAST_LIMIT_MIN = 15;

export type Trend = "rising" | "falling" | "steady";

/** `5.2`. A figure below a threshold is never rounded up to it when the thresholds are given. */
export function densityText(density: number, thresholds?: Thresholds | null): string {
  const rounded = density.toFixed(1);
  const below = thresholds && RAISED.some((level) => density < thresholds[level] && Number(rounded) >= thresholds[level]);
  return below ? (Math.floor(density * 10) / 10).toFixed(1) : rounded;
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

export interface Forecast {
  readonly level: Raised;
  readonly minutes: number;
}

/** When the next level above `level` is reached if the figure goes on as in the last minute; null if it does not rise. */
export function forecast(figure: number, ratePerMin: number | null, level: Level, thresholds: Thresholds): Forecast | null {
  const next = RAISED.find((raised) => rankOf(raised) > rankOf(level) && thresholds[raised] > figure);
  if (ratePerMin === null || next === undefined || trendOf(ratePerMin) !== "rising") return null;
  const minutes = (thresholds[next] - figure) / ratePerMin;
  return minutes <= FORECAST_LIMIT_MIN ? { level: next, minutes: Math.max(1, Math.round(minutes)) } : null;
}
