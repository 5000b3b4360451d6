/** The last ten minutes of a figure: bounded, with gaps where nothing was measured. */

export const TREND_S = 600;
/** A longer pause than this is a gap: the line is broken, not drawn across what nobody saw. */
const GAP_S = 20;

export interface Trend {
  /** Epoch seconds, ascending. */
  readonly t: readonly number[];
  /** People per m², or people where there is no density; null where nothing was measured. */
  readonly value: readonly (number | null)[];
}

export const NO_TREND: Trend = { t: [], value: [] };

/** The trend with one more point; what is older than ten minutes falls off, a point from the past is ignored. */
export function extended(trend: Trend, atS: number, value: number | null): Trend {
  const last = trend.t.at(-1);
  if (!Number.isFinite(atS) || (last !== undefined && atS <= last)) return trend;
  const first = trend.t.findIndex((t) => t > atS - TREND_S);
  const from = first < 0 ? trend.t.length : first;
  return { t: [...trend.t.slice(from), atS], value: [...trend.value.slice(from), value] };
}

/**
 * An SVG path of the trend in a box of `width` x `height`, newest on the right, 0 at the foot and `full` on top.
 * Each column of the box shows the highest figure of its time, so that no peak is smoothed away.
 */
export function trendPath(trend: Trend, nowS: number, full: number, width: number, height: number): string {
  const startS = nowS - TREND_S;
  const columnS = TREND_S / width;
  let path = "";
  let column = -1;
  let highest = 0;
  let lastS = -Infinity;
  let pen = "M";
  const flush = (): void => {
    if (column < 0) return;
    path += `${pen}${column} ${(height * (1 - Math.min(1, highest / full))).toFixed(1)}`;
    pen = "L";
  };
  trend.t.forEach((t, index) => {
    const value = trend.value[index];
    if (t < startS || t > nowS + columnS) return;
    const broken = value === null || value === undefined || t - lastS > GAP_S;
    if (broken) {
      flush();
      column = -1;
      pen = "M";
    }
    if (value === null || value === undefined) return;
    const here = Math.min(width, Math.floor((t - startS) / columnS));
    if (here !== column) {
      flush();
      highest = value;
    }
    column = here;
    highest = Math.max(highest, value);
    lastS = t;
  });
  flush();
  return path;
}
