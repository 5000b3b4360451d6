/** What is drawn of a gate. Pure. */

import type { GateView, RegionView } from "../messages";

type Point = readonly [number, number];
type Line = NonNullable<GateView["line"]>;

/** People a minute through the whole width of a gate. */
export interface GateFlow {
  readonly inPerMin: number;
  readonly outPerMin: number;
}

/** What the region's last reading says of the gate; null where it says nothing. */
export function gateFlow(gate: GateView, region: RegionView): GateFlow | null {
  const flow = region.reading?.gates?.find((candidate) => candidate.gate === gate.gate);
  return flow ? { inPerMin: flow.in_per_m_min * flow.width_m, outPerMin: flow.out_per_m_min * flow.width_m } : null;
}

export function middleOf([one, other]: Line): Point {
  return [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
}

/** Which way is in, square to the line, in degrees clockwise from "to the right"; null where the region is not drawn. */
export function inwardDeg(line: Line, outline: RegionView["outline"], ratio: number): number | null {
  if (!outline?.length) return null;
  const [[x1, y1], [x2, y2]] = line;
  const [x, y] = middleOf(line);
  const inside: Point = [(mean(outline, 0) - x) * ratio, mean(outline, 1) - y];
  const across: Point = [-(y2 - y1), (x2 - x1) * ratio];
  const sign = inside[0] * across[0] + inside[1] * across[1] < 0 ? -1 : 1;
  return (Math.atan2(sign * across[1], sign * across[0]) * 180) / Math.PI;
}

function mean(points: readonly (readonly number[])[], axis: 0 | 1): number {
  return points.reduce((sum, point) => sum + point[axis]!, 0) / points.length;
}
