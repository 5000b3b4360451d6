/** The table of levels: rank, shape, and what each one does on the screen. Colours stand in `style/tokens.css`. */

export type Level = "unknown" | "clear" | "notice" | "caution" | "alert" | "critical";
export type Shape = "ring" | "circle" | "triangle" | "diamond" | "octagon" | "hatched-square";

interface LevelRow {
  /** Order of "where is it worst": what cannot be seen stands above what is seen to be merely uneasy. */
  readonly rank: number;
  readonly shape: Shape;
  readonly sounds: boolean;
  /** Sounds again and again until somebody acknowledges. */
  readonly insists: boolean;
}

export const LEVELS: Readonly<Record<Level, LevelRow>> = {
  clear: { rank: 0, shape: "ring", sounds: false, insists: false },
  notice: { rank: 1, shape: "circle", sounds: false, insists: false },
  caution: { rank: 2, shape: "triangle", sounds: false, insists: false },
  alert: { rank: 4, shape: "diamond", sounds: true, insists: false },
  critical: { rank: 5, shape: "octagon", sounds: true, insists: true },
  unknown: { rank: 3, shape: "hatched-square", sounds: false, insists: false },
};

/** The levels that have a threshold, from the lowest to the highest. */
export const RAISED = ["notice", "caution", "alert", "critical"] as const;
export type Raised = (typeof RAISED)[number];
export type Thresholds = Readonly<Record<Raised, number>>;

/** A level as the service names it; a name that this page does not know is `unknown`, never clear. */
export function levelOf(name: string): Level {
  return Object.hasOwn(LEVELS, name) ? (name as Level) : "unknown";
}

export function rankOf(level: Level): number {
  return LEVELS[level].rank;
}

export function worstOf(levels: Iterable<Level>): Level {
  let worst: Level = "clear";
  for (const level of levels) if (rankOf(level) > rankOf(worst)) worst = level;
  return worst;
}

/** The highest threshold that a figure has reached, without dwell: `clear` below all of them. */
export function bandOf(figure: number, thresholds: Thresholds): Level {
  return RAISED.findLast((level) => figure >= thresholds[level]) ?? "clear";
}
