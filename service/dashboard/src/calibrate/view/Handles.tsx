/** What of the chosen thing is dragged, moved by the arrow keys and taken away by Delete. */

import { useRef } from "preact/hooks";
import { changedPoint, movedCorner, withoutCorner, withoutPoint, type Draft, type Px } from "../draft";
import { change, changeFirst, chosen, moveTape, tape, zoom } from "../screen";
import { words } from "../words";
import { pixelAt } from "./pointer";

const NUDGE_PX: Readonly<Record<string, Px>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR_NUDGE = 10;

/** Of what is chosen: the ground's points, a shape's corners, the tape's ends. */
export function Handles({ drawn }: { drawn: Draft }) {
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
