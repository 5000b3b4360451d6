/** The service's clock, carried on between ticks by the browser's monotonic one: the wall clock here may be wrong. */

export interface ServerClock {
  /** Epoch seconds that the service gave, and monotonic seconds when they arrived. */
  readonly serverS: number;
  readonly heardS: number;
}

/** A slow message makes the service look behind: the clock only follows backwards when that lasts (a real step). */
const STEP_S = 2;

export function synchronised(clock: ServerClock | null, serverS: number, heardS: number): ServerClock {
  if (!Number.isFinite(serverS)) return clock ?? { serverS: 0, heardS };
  if (!clock) return { serverS, heardS };
  const expectedS = serverNowS(clock, heardS);
  const late = serverS < expectedS && expectedS - serverS < STEP_S;
  return late ? clock : { serverS, heardS };
}

export function serverNowS(clock: ServerClock, monotonicS: number): number {
  return clock.serverS + (monotonicS - clock.heardS);
}
