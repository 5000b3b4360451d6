/** The picture and what is drawn over it. A click adds, a drag moves the picture. */

import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { drawBitmap } from "../../canvas";
import type { LayoutTried } from "../../messages";
import type { Draft, Shape } from "../draft";
import { chosen, paving, people, picture, put, tape, tried, zoom } from "../screen";
import { Handles } from "./Handles";
import { pixelAt } from "./pointer";

/** A pointer that moves farther than this on the screen drags, it does not click. */
const CLICK_PX = 4;

export function Sheet({ drawn }: { drawn: Draft }) {
  const pressed = useRef<PointerEvent | null>(null);
  const panned = useRef(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [wide, high] = drawn.size;
  useSignalEffect(() => {
    const bitmap = picture.value;
    if (bitmap && canvas.current) drawBitmap(canvas.current, bitmap);
  });
  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    pressed.current = event;
    panned.current = false;
  };
  const pan = (event: PointerEvent): void => {
    const from = pressed.current;
    if (!from) return;
    const [dx, dy] = [event.clientX - from.clientX, event.clientY - from.clientY];
    if (!panned.current && Math.hypot(dx, dy) < CLICK_PX) return;
    panned.current = true;
    pressed.current = event;
    (event.currentTarget as Element).closest(".scroll")?.scrollBy(-dx, -dy);
  };
  const release = (event: PointerEvent): void => {
    if (pressed.current && !panned.current) put(pixelAt(event, event.currentTarget as Element, drawn));
    pressed.current = null;
  };
  return (
    <div class="sheet" style={{ width: `${zoom.value * 100}%`, aspectRatio: `${wide} / ${high}` }}>
      <canvas ref={canvas} width={0} height={0} data-testid="board-picture" />
      <svg
        viewBox={`0 0 ${wide} ${high}`} data-testid="sheet" onPointerDown={press} onPointerMove={pan} onPointerUp={release}
        onPointerLeave={() => (pressed.current = null)} onPointerCancel={() => (pressed.current = null)}
      >
        <Seen seen={tried.value} />
        {drawn.shapes.map((shape, place) => (
          <Drawn key={`${shape.kind}/${shape.id}`} shape={shape} place={place} seen={tried.value} />
        ))}
        <line class="tape" x1={tape.value[0]?.[0]} y1={tape.value[0]?.[1]} x2={(tape.value[1] ?? tape.value[0])?.[0]} y2={(tape.value[1] ?? tape.value[0])?.[1]} />
        <Handles drawn={drawn} />
      </svg>
    </div>
  );
}

/** What follows from the points: the paving, and people as tall as they would be. */
function Seen({ seen }: { seen: LayoutTried | null }) {
  const ground = seen?.ground;
  if (!ground) return null;
  return (
    <g aria-hidden="true">
      {paving.value && ground.lines.map((line, place) => <polyline key={place} class="paving" points={line.join(" ")} />)}
      {people.value && ground.people.map(([feet, head], place) => (
        <g key={place} class="person" data-testid="person">
          <line x1={feet[0]} y1={feet[1]} x2={head[0]} y2={head[1]} />
          <circle cx={head[0]} cy={head[1]} r={Math.max(2, (feet[1] - head[1]) * 0.08)} />
        </g>
      ))}
    </g>
  );
}

function Drawn({ shape, place, seen }: { shape: Shape; place: number; seen: LayoutTried | null }) {
  const found = shape.kind === "gates" ? seen?.gates[shape.id] : seen?.[shape.kind][shape.id]?.outline;
  const corners = shape.corners ?? found ?? [];
  const points = corners.join(" ");
  const now = chosen.value === place;
  const Line = shape.kind === "gates" || corners.length < 3 ? "polyline" : "polygon";
  return (
    <g class="drawn" data-kind={shape.kind} data-now={now} data-testid={`drawn-${shape.id}`}>
      <Line class="halo" points={points} />
      <Line class="edge" points={points} />
    </g>
  );
}
