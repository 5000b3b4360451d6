/** A level as shape and word; the colour comes from `data-level`, and nothing depends on it alone. */

import type { ComponentChildren } from "preact";
import { LEVELS, type Level, type Shape } from "../levels";
import { words } from "../words";

const OCTAGON = "5,1 11,1 15,5 15,11 11,15 5,15 1,11 1,5";

/** Drawn anew for each place: one drawing shared by all would keep alive every tile that it has ever stood in. */
const SHAPES: Readonly<Record<Shape, () => ComponentChildren>> = {
  ring: () => <circle class="outline" cx="8" cy="8" r="6" />,
  circle: () => <circle class="solid" cx="8" cy="8" r="6.5" />,
  triangle: () => <polygon class="solid" points="8,1 15.5,14.5 0.5,14.5" />,
  diamond: () => <polygon class="solid" points="8,0.3 15.7,8 8,15.7 0.3,8" />,
  octagon: () => <polygon class="solid" points={OCTAGON} />,
  "hatched-square": () => (
    <>
      <path class="hatch" d="M1.5 8 8 1.5M1.5 14.5 14.5 1.5M8 14.5 14.5 8" />
      <rect class="outline" x="1.5" y="1.5" width="13" height="13" />
    </>
  ),
};

export function LevelShape({ level }: { level: Level }) {
  return (
    <svg class="shape" data-level={level} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[LEVELS[level].shape]()}
    </svg>
  );
}

export function LevelMark({ level }: { level: Level }) {
  return (
    <span class="mark" data-testid="level" data-level={level}>
      <LevelShape level={level} />
      <span class="word">{words.level(level)}</span>
    </span>
  );
}
