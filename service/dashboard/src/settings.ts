/** What this browser remembers of the person before it: name, theme, wall, heat. Nothing of it is secret. */

import { effect, signal, type Signal } from "@preact/signals";
import { WALL_SIZES, type WallSize } from "./watch/ranking";

export const THEMES = ["auto", "dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

type Check<T> = (value: unknown) => value is T;

const isText: Check<string> = (value): value is string => typeof value === "string";
const isBoolean: Check<boolean> = (value): value is boolean => typeof value === "boolean";
const isShare: Check<number> = (value): value is number => typeof value === "number" && value >= 0 && value <= 1;
const isTheme: Check<Theme> = (value): value is Theme => THEMES.some((theme) => theme === value);
const isWall: Check<WallSize | null> = (value): value is WallSize | null => value === null || WALL_SIZES.some((size) => size === value);

/** A signal that is kept in the browser; what is not there or not of its kind is the usual value. */
function kept<T>(storage: Storage, name: string, usual: T, check: Check<T>): Signal<T> {
  const value = signal<T>(read(storage, name, usual, check));
  effect(() => write(storage, name, value.value));
  return value;
}

function read<T>(storage: Storage, name: string, usual: T, check: Check<T>): T {
  try {
    const value: unknown = JSON.parse(storage.getItem(`crushwatch.${name}`) ?? "null");
    return check(value) ? value : usual;
  } catch {
    return usual;
  }
}

/** A browser that keeps nothing (private window, full disk) still shows everything. */
function write(storage: Storage, name: string, value: unknown): void {
  try {
    storage.setItem(`crushwatch.${name}`, JSON.stringify(value));
  } catch {
    return;
  }
}

export interface Settings {
  readonly name: Signal<string>;
  readonly theme: Signal<Theme>;
  /** Null: the smallest wall that shows all cameras. */
  readonly wall: Signal<WallSize | null>;
  readonly follow: Signal<boolean>;
  readonly heat: Signal<boolean>;
  readonly heatOpacity: Signal<number>;
}

export function keptSettings(storage: Storage): Settings {
  return {
    name: kept(storage, "name", "", isText),
    theme: kept<Theme>(storage, "theme", "auto", isTheme),
    wall: kept<WallSize | null>(storage, "wall", null, isWall),
    follow: kept(storage, "follow", false, isBoolean),
    heat: kept(storage, "heat", true, isBoolean),
    heatOpacity: kept(storage, "heat-opacity", 0.5, isShare),
  };
}
