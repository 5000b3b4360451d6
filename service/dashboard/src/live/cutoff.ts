/** When the page must say that it is cut off, and how it comes back. Pure: clocks and chance are arguments. */

/** The service ticks every second: three missed in a row and the page is no longer live. */
export const CUT_OFF_AFTER_S = 3;
/** An open socket that stays silent this long is taken for dead and opened anew. */
export const GIVE_UP_AFTER_S = 8;

const FIRST_RETRY_S = 0.5;
const LONGEST_RETRY_S = 5;

export interface Link {
  /** Monotonic seconds of the last message, of whatever kind; null before the first. */
  readonly heardS: number | null;
  /** Monotonic seconds when the page began to listen. */
  readonly startedS: number;
}

/** Seconds without a word from the service. */
export function silenceS(link: Link, nowS: number): number {
  return Math.max(0, nowS - (link.heardS ?? link.startedS));
}

export function isCutOff(link: Link, nowS: number): boolean {
  return silenceS(link, nowS) >= CUT_OFF_AFTER_S;
}

/** Seconds to wait before the next attempt: doubling, with jitter so that a room of screens does not return as one. */
export function retryDelayS(attempt: number, chance: number): number {
  const longest = Math.min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** attempt);
  return longest * (0.5 + 0.5 * chance);
}
