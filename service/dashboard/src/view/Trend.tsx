/** Ten minutes of one figure on the fixed scale, its thresholds as thin lines. */

import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { FULL_SCALE_PER_M2 } from "../heat";
import { RAISED, type Thresholds } from "../levels";
import { NO_TREND, TREND_S, trendPath, type Trend } from "../watch/trend";
import { nowS, watch } from "../screen";
import { words } from "../words";

const WIDTH = 120;
const HEIGHT = 40;
/** The line moves left by a whole column at a time: drawing it anew every second would show nothing more. */
const COLUMN_S = TREND_S / WIDTH;

interface Props {
  /** `camera/region`. */
  readonly of: string;
  /** Null where people are counted without density: then the scale is that of the counts. */
  readonly thresholds: Thresholds | null;
  readonly label: string;
}

export function TrendLine({ of, thresholds, label }: Props) {
  const trend = useComputed(() => watch.value.trends[of] ?? NO_TREND).value;
  const atS = useComputed(() => Math.ceil(nowS.value / COLUMN_S) * COLUMN_S).value;
  const full = thresholds ? FULL_SCALE_PER_M2 : fullCount(trend);
  const path = useMemo(() => trendPath(trend, atS, full, WIDTH, HEIGHT), [trend, atS, full]);
  const y = (value: number): number => HEIGHT * (1 - value / full);
  const lines = thresholds ? RAISED.map((level) => ({ level, figure: thresholds[level], y: y(thresholds[level]) })) : [];
  return (
    <div class="trend">
      <svg data-testid="trend" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {lines.map(({ level, y }) => <line key={level} class="threshold" x1="0" x2={WIDTH} y1={y} y2={y} />)}
        <path class="line" d={path} />
      </svg>
      {lines.map(({ level, figure, y }) => <span key={level} class="scale-figure" style={{ top: `${(100 * y) / HEIGHT}%` }}>{figure}</span>)}
      <span class="span">{words.region.trendSpan}</span>
    </div>
  );
}

/** The top of a scale for counts: the next 1, 2 or 5 times a power of ten, so that it seldom moves. */
function fullCount(trend: Trend): number {
  const highest = trend.value.reduce<number>((most, value) => Math.max(most, value ?? 0), 10);
  const power = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= highest)!;
}
