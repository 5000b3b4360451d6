/** Which key does what. Pure: the key, and what was typed just before, in; an action out. */

export type Move = "left" | "right" | "up" | "down";

export type Action =
  | { readonly do: "choose"; readonly number: number }
  | { readonly do: "move"; readonly to: Move }
  | { readonly do: "acknowledge" | "silence" | "fullScreen" | "help" | "enlarge" | "back" };

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const LETTERS: Readonly<Record<string, Action>> = {
  a: { do: "acknowledge" },
  m: { do: "silence" },
  f: { do: "fullScreen" },
  "?": { do: "help" },
  enter: { do: "enlarge" },
  escape: { do: "back" },
  arrowleft: { do: "move", to: "left" },
  arrowright: { do: "move", to: "right" },
  arrowup: { do: "move", to: "up" },
  arrowdown: { do: "move", to: "down" },
};

/** Two digits within this time are one number: 1 then 2 is camera 12. */
export const SECOND_DIGIT_S = 1;

export interface Typed {
  readonly number: number;
  readonly atS: number;
}

export function actionOf(pressed: Pressed, typed: Typed | null, cameras: number, nowS: number): Action | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  if (/^[0-9]$/.test(pressed.key)) return chosen(Number(pressed.key), typed, cameras, nowS);
  return LETTERS[pressed.key.toLowerCase()] ?? null;
}

function chosen(digit: number, typed: Typed | null, cameras: number, nowS: number): Action | null {
  const joined = typed && nowS - typed.atS <= SECOND_DIGIT_S ? typed.number * 10 + digit : 0;
  const number = joined >= 1 && joined <= cameras ? joined : digit;
  return number >= 1 && number <= cameras ? { do: "choose", number } : null;
}

/** The place to which an arrow leads among `count` things in rows of `columns`; stays where there is nothing. */
export function moved(place: number, to: Move, columns: number, count: number): number {
  const step = { left: -1, right: 1, up: -columns, down: columns }[to];
  const next = place + step;
  return next >= 0 && next < count ? next : place;
}
