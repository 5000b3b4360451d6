/** The picture with everything that is drawn on it. A click adds, a drag moves the picture, a handle is dragged or moved by the arrow keys. */

import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { LayoutTried } from "../../messages";
import { changedPoint, movedCorner, withoutCorner, withoutPoint, type Draft, type Px, type Shape } from "../draft";
import { openPicture, takePicture } from "../picture";
import {
  LEAST_ZOOM, MOST_ZOOM, canUndo, change, changeFirst, chosen, draft, moveTape, paving, people, picture, pictureNote, put, restored, tape, tried, undo,
  zoom,
} from "../screen";
import { words } from "../words";

const NUDGE_PX: Readonly<Record<string, Px>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR_NUDGE = 10;
const ZOOM_STEP = 1.5;
/** A pointer that moves farther than this on the screen drags, it does not click. */
const CLICK_PX = 4;

export function Board() {
  return (
    <section class="board" aria-label={words.picture.label}>
      <Tools />
      {restored.value && canUndo.value && <p class="note" role="status" data-testid="restored">{words.picture.kept}</p>}
      {pictureNote.value && <p class="note" role="status" data-testid="picture-note">{pictureNote.value}</p>}
      <div class="scroll">
        <Sheet drawn={draft.value!} />
      </div>
    </section>
  );
}

function Tools() {
  const file = useRef<HTMLInputElement>(null);
  const opened = (): void => {
    const one = file.current?.files?.[0];
    if (one) openPicture(one);
  };
  return (
    <div class="board-tools">
      <button type="button" data-testid="take-picture" onClick={takePicture}>{words.picture.live}</button>
      <button type="button" onClick={() => file.current?.click()}>{words.picture.file}</button>
      <input ref={file} type="file" accept="image/*" hidden data-testid="picture-file" onChange={opened} />
      <button type="button" disabled={zoom.value === LEAST_ZOOM} onClick={() => zoomBy(1 / ZOOM_STEP)}>{words.picture.zoomOut}</button>
      <button type="button" disabled={zoom.value === MOST_ZOOM} data-testid="closer" onClick={() => zoomBy(ZOOM_STEP)}>{words.picture.zoomIn}</button>
      <label class="check">
        <input type="checkbox" checked={paving.value} onChange={(event) => (paving.value = event.currentTarget.checked)} /> {words.picture.paving}
      </label>
      <label class="check">
        <input type="checkbox" checked={people.value} onChange={(event) => (people.value = event.currentTarget.checked)} /> {words.picture.people}
      </label>
      <button type="button" disabled={!canUndo.value} data-testid="undo" onClick={undo}>{words.picture.undo}</button>
    </div>
  );
}

function zoomBy(factor: number): void {
  zoom.value = Math.min(Math.max(zoom.value * factor, LEAST_ZOOM), MOST_ZOOM);
}

function Sheet({ drawn }: { drawn: Draft }) {
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

function drawBitmap(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d", { alpha: false })?.drawImage(bitmap, 0, 0);
}

/** Where a pointer is, in pixels of the layout. */
function pixelAt(event: PointerEvent, sheet: Element, drawn: Draft): Px {
  const box = sheet.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * drawn.size[0], ((event.clientY - box.top) / box.height) * drawn.size[1]];
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

/** Of what is chosen: the ground's points, a shape's corners, the tape's ends. */
function Handles({ drawn }: { drawn: Draft }) {
  const place = chosen.value;
  if (place === "ground") {
    return <>{drawn.points.map(({ px }, at) => (
      <Handle
        key={`point-${at}`} px={px} name={words.ground.point(at + 1)} text={String(at + 1)} drawn={drawn}
        move={(to, first) => changeFirst(first, (before) => changedPoint(before, at, { px: to }))} remove={() => change((before) => withoutPoint(before, at))}
      />
    ))}</>;
  }
  if (place === "tape") {
    return <>{tape.value.map((px, at) => (
      <Handle key={`tape-${at}`} px={px} name={words.tape.end(at + 1)} text="" drawn={drawn} move={(to) => moveTape(at, to)} remove={() => (tape.value = [])} />
    ))}</>;
  }
  const shape = drawn.shapes[place];
  return <>{(shape?.corners ?? []).map((px, at) => (
    <Handle
      key={`corner-${at}`} px={px} name={words.shapes.corner(shape!.id, at + 1)} text="" drawn={drawn}
      move={(to, first) => changeFirst(first, (before) => movedCorner(before, place, at, to))} remove={() => change((before) => withoutCorner(before, place, at))}
    />
  ))}</>;
}

/** As large on the screen whatever the zoom. */
function radius(drawn: Draft): number {
  return drawn.size[0] / 110 / zoom.value;
}

interface HandleProps {
  readonly px: Px;
  readonly name: string;
  readonly text: string;
  readonly drawn: Draft;
  /** `first`: of this movement of the hand. */
  readonly move: (to: Px, first: boolean) => void;
  readonly remove: () => void;
}

function Handle({ px, name, text, drawn, move, remove }: HandleProps) {
  const held = useRef<"no" | "still" | "moved">("no");
  const size = radius(drawn);
  const down = (event: PointerEvent): void => {
    event.stopPropagation();
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    held.current = "still";
  };
  const drag = (event: PointerEvent): void => {
    if (held.current === "no") return;
    move(pixelAt(event, (event.currentTarget as Element).closest("svg")!, drawn), held.current === "still");
    held.current = "moved";
  };
  const release = (event: PointerEvent): void => {
    event.stopPropagation();
    held.current = "no";
  };
  const key = (event: KeyboardEvent): void => {
    const nudge = NUDGE_PX[event.key];
    const far = event.shiftKey ? FAR_NUDGE : 1;
    if (nudge) move([px[0] + nudge[0] * far, px[1] + nudge[1] * far], true);
    else if (event.key === "Delete" || event.key === "Backspace") remove();
    else return;
    event.preventDefault();
  };
  return (
    <g
      class="handle" role="button" tabindex={0} aria-label={name} data-testid={`handle-${name}`}
      onPointerDown={down} onPointerMove={drag} onPointerUp={release} onPointerCancel={release} onKeyDown={key}
    >
      <circle cx={px[0]} cy={px[1]} r={size} />
      <path d={`M${px[0] - size} ${px[1]}h${size * 2}M${px[0]} ${px[1] - size}v${size * 2}`} />
      {text && <text x={px[0] + size * 1.4} y={px[1] - size * 0.6} font-size={size * 2.2}>{text}</text>}
    </g>
  );
}
