/** Which sound when, and of which tones it is made. Pure: what is heard is decided here, made in `horn.ts`. */

import { LEVELS, levelOf, rankOf } from "../levels";
import type { AlertView } from "../messages";
import { groupKey } from "../watch/groups";
import { waits } from "../watch/ranking";

export interface Tone {
  readonly atS: number;
  readonly lastsS: number;
  readonly hz: number;
}

export type Sound = "alert" | "critical" | "cutOff";

/** One short pattern each, told apart by rhythm and direction as well as by pitch. */
export const PATTERNS: Readonly<Record<Sound, readonly Tone[]>> = {
  alert: [
    { atS: 0, lastsS: 0.18, hz: 660 },
    { atS: 0.24, lastsS: 0.28, hz: 880 },
  ],
  critical: [
    { atS: 0, lastsS: 0.12, hz: 988 },
    { atS: 0.18, lastsS: 0.12, hz: 988 },
    { atS: 0.36, lastsS: 0.12, hz: 988 },
    { atS: 0.58, lastsS: 0.34, hz: 740 },
  ],
  cutOff: [
    { atS: 0, lastsS: 0.3, hz: 440 },
    { atS: 0.36, lastsS: 0.3, hz: 330 },
    { atS: 0.72, lastsS: 0.45, hz: 220 },
  ],
};

/** Between two calls of a critical that nobody has acknowledged. */
export const INSIST_EVERY_S = 3;
/** Between two calls of a page that is cut off. */
export const CUT_OFF_EVERY_S = 20;
/** How long `M` silences. */
export const SILENCE_S = 120;

type Alerts = Readonly<Record<string, AlertView>>;

/** Alarms that wait now and did not before, or wait at a higher level than before. */
export function risen(before: Alerts, after: Alerts): AlertView[] {
  return Object.values(after).filter((alert) => {
    const was = before[alert.alert_id];
    if (!waits(alert) || alert.cleared_at) return false;
    return !was || !waits(was) || rankOf(levelOf(alert.level)) > rankOf(levelOf(was.level));
  });
}

/** At which rank this page has played the call of an alarm aloud, by its id; of one that nobody could hear there is nothing. */
export type Heard = ReadonlyMap<string, number>;

/** Rules that say what may come: whoever heard them has not yet been told that it is there. */
const FORETELLING: ReadonlySet<string> = new Set(["forecast", "rise"]);

/** Of those that have risen the ones to be heard: a crowd that was heard to call as loud is not called a second time by another rule. */
export function newCalls(rose: readonly AlertView[], before: Alerts, heard: Heard): AlertView[] {
  return rose.filter((alarm) => !Object.values(before).some((other) => hasCalledFor(other, alarm, heard)));
}

function hasCalledFor(other: AlertView, alarm: AlertView, heard: Heard): boolean {
  if (!waits(other) || other.cleared_at || groupKey(other) !== groupKey(alarm)) return false;
  if (FORETELLING.has(other.rule) && !FORETELLING.has(alarm.rule)) return false;
  const loudness = Math.min(heard.get(other.alert_id) ?? -1, rankOf(levelOf(other.level)));
  return loudness >= rankOf(levelOf(alarm.level));
}

/** After these have been played aloud; what is no longer open is forgotten. */
export function heardAfter(heard: Heard, played: readonly AlertView[], open: Alerts): Heard {
  const ranks = played.map((alarm) => [alarm.alert_id, rankOf(levelOf(alarm.level))] as const);
  return new Map([...heard, ...ranks].filter(([id]) => id in open));
}

/** The sound for alarms that have just risen: that of the worst of them, or none. */
export function soundOf(alerts: readonly AlertView[]): Exclude<Sound, "cutOff"> | null {
  const sounding = alerts.map((alert) => levelOf(alert.level)).filter((level) => LEVELS[level].sounds);
  if (sounding.includes("critical")) return "critical";
  return sounding.length ? "alert" : null;
}

/** The criticals that wait for acknowledgement, cleared meanwhile or not. */
export function insisting(alerts: Alerts): AlertView[] {
  return Object.values(alerts).filter((alert) => waits(alert) && LEVELS[levelOf(alert.highest_level)].insists);
}
