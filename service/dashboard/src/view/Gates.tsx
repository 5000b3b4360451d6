/** The gates over a camera's picture: the line, the way in, and how many pass it each way in a minute. */

import { gateFlow, inwardDeg, middleOf } from "../watch/gates";
import { countText } from "../figures";
import type { GateView, RegionView } from "../messages";
import type { Shown } from "../watch/shown";
import { words } from "../words";

interface Props {
  readonly regions: readonly RegionView[];
  readonly shown: readonly Shown[];
  /** Width over height of the picture. */
  readonly ratio: number;
}

export function Gates({ regions, shown, ratio }: Props) {
  const drawn = regions.flatMap((region) => {
    const seen = shown.find((candidate) => candidate.region === region.region);
    return region.gates.flatMap((gate) => (gate.line ? [{ region, gate, line: gate.line, current: seen?.current ?? false }] : []));
  });
  return (
    <>
      <svg class="outlines gate-lines" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        {drawn.map(({ region, gate, line: [[x1, y1], [x2, y2]] }) => (
          <g key={`${region.region}/${gate.gate}`}>
            <line class="halo" x1={x1} y1={y1} x2={x2} y2={y2} />
            <line class="edge" x1={x1} y1={y1} x2={x2} y2={y2} />
          </g>
        ))}
      </svg>
      {drawn.map(({ region, gate, line, current }) => (
        <GateTag key={`${region.region}/${gate.gate}`} gate={gate} line={line} region={region} current={current} ratio={ratio} />
      ))}
    </>
  );
}

interface TagProps {
  readonly gate: GateView;
  readonly line: NonNullable<GateView["line"]>;
  readonly region: RegionView;
  readonly current: boolean;
  readonly ratio: number;
}

function GateTag({ gate, line, region, current, ratio }: TagProps) {
  const flow = current ? gateFlow(gate, region) : null;
  const [x, y] = middleOf(line);
  const way = inwardDeg(line, region.outline, ratio);
  return (
    <span class="tag gate" data-testid="gate" data-gate={gate.gate} title={words.gate.title(gate.name)} style={{ left: `${x * 100}%`, top: `max(${y * 100}%, 24px)` }}>
      {way !== null && <span class="way" style={{ transform: `rotate(${way}deg)` }} aria-hidden="true">→</span>}
      {flow ? words.gate.flow(countText(flow.inPerMin), countText(flow.outPerMin)) : words.gate.unknown}
    </span>
  );
}
