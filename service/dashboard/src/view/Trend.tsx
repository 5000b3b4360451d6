/** Ten minutes of one figure on the fixed scale, its thresholds as thin lines. */

import { FULL_SCALE_PER_M2 } from "../heat";
import { RAISED, type Thresholds } from "../levels";
import { trendPath, type Trend } from "../watch/trend";
import { words } from "../words";

const WIDTH = 120;
const HEIGHT = 40;

interface Props {
  readonly trend: Trend;
  readonly nowS: number;
  /** Null where people are counted without density: then the scale is that of the counts. */
  readonly thresholds: Thresholds | null;
  readonly label: string;
}

export function TrendLine({ trend, nowS, thresholds, label }: Props) {
  const full = thresholds ? FULL_SCALE_PER_M2 : fullCount(trend);
  const y = (value: number): number => HEIGHT * (1 - value / full);
  const lines = thresholds ? RAISED.map((level) => ({ level, figure: thresholds[level], y: y(thresholds[level]) })) : [];
  return (
    <div class="trend">
      <svg data-testid="trend" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {lines.map(({ level, y }) => <line key={level} class="threshold" x1="0" x2={WIDTH} y1={y} y2={y} />)}
        <path class="line" d={trendPath(trend, nowS, full, WIDTH, HEIGHT)} />
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
