/** Which alarm, or group of alarms of one region, `A` acknowledges: the top one, unless a person has just moved to another. Pure. */

/** Somebody who moved to an alarm reads it: so long it stays in focus though others come. */
export const CHOSEN_FOR_S = 15;
/** A key that is pressed as a new alarm comes was meant for the one before it. */
export const SEEN_AFTER_S = 1;

export interface Focus {
  readonly alarm: string | null;
  /** Monotonic seconds when a person chose it; never if it came into focus by itself. */
  readonly chosenS: number;
  /** Monotonic seconds when it took another's place that still waits. */
  readonly tookOverS: number;
}

export const NO_FOCUS: Focus = { alarm: null, chosenS: -Infinity, tookOverS: -Infinity };

export function chosenFocus(alarm: string, atS: number): Focus {
  return { alarm, chosenS: atS, tookOverS: -Infinity };
}

/** The focus now; `waiting` are the ids of the alarms that wait, the top one first. */
export function focusNow(before: Focus, waiting: readonly string[], atS: number): Focus {
  const stillWaits = before.alarm !== null && waiting.includes(before.alarm);
  if (stillWaits && atS - before.chosenS < CHOSEN_FOR_S) return before;
  const top = waiting[0] ?? null;
  if (top === before.alarm) return before;
  return { alarm: top, chosenS: -Infinity, tookOverS: stillWaits ? atS : -Infinity };
}

/** Whether somebody can have seen it before pressing the key. */
export function canHaveBeenSeen(focus: Focus, atS: number): boolean {
  return atS - focus.tookOverS >= SEEN_AFTER_S;
}

/** Of these alarms those that are as they were at that moment: neither came again nor came higher since. */
export function unchangedSince(ids: readonly string[], roseAtS: ReadonlyMap<string, number>, sinceS: number): string[] {
  return ids.filter((id) => (roseAtS.get(id) ?? -Infinity) <= sinceS);
}

/** Of these alarms those that somebody can have read as they are now. roseAtS: when each came, or came higher, while the page looked. */
export function readAlready(ids: readonly string[], roseAtS: ReadonlyMap<string, number>, atS: number): string[] {
  return ids.filter((id) => atS - (roseAtS.get(id) ?? -Infinity) >= SEEN_AFTER_S);
}
