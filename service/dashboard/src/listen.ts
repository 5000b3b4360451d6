/** What the service says, and what the page makes of it: figures, sounds, the spoken word, and what to do in silence. */

import { batch, effect, signal } from "@preact/signals";
import { enter, recentAlerts, signOut } from "./api";
import { Channel } from "./live/channel";
import { isCutOff, silenceS, type Link } from "./live/cutoff";
import { askForSignIn } from "./live/signin";
import { browser } from "./live/world";
import { serverNowS, synchronised, type ServerClock } from "./live/serverclock";
import { parseMessage, type AlertView, type LiveMessage, type Snapshot } from "./messages";
import {
  announcement, attempt, camerasInView, cutOff, heardAtS, horn, missedWhileAway, monotonicS, moveFocus, nowS, pictures, roseAtS,
  signInNeeded, silenceLeftS, silenced, silentS, silentUntilS, watch,
} from "./screen";
import { CUT_OFF_EVERY_S, INSIST_EVERY_S, heardAfter, insisting, newCalls, risen, soundOf, type Heard } from "./sound/patterns";
import { epochS } from "./times";
import { missed } from "./watch/missed";
import { reduce, withRecord, type Watch } from "./watch/state";
import { words } from "./words";

const BEAT_MS = 250;

let link: Link = { heardS: null, startedS: monotonicS() };
let clock: ServerClock | null = null;

const channel = new Channel(
  { heard, refused: () => void askForSignIn(channel, signInNeeded), attempt: (number) => (attempt.value = number) },
  browser,
);

function heard(text: string): void {
  const message = parseMessage(text);
  const atS = monotonicS();
  const silentBeforeS = silenceS(link, atS);
  const wasCutOff = isCutOff(link, atS);
  batch(() => {
    link = { ...link, heardS: atS };
    attempt.value = 0;
    if (message) take(message, atS, wasCutOff ? silentBeforeS : 0);
    beat();
  });
}

function take(message: LiveMessage, atS: number, silentForS: number): void {
  if (message.type === "preview") return pictures.show(message);
  if ("server_time" in message) clock = synchronised(clock, epochS(message.server_time), atS);
  const before = watch.value;
  watch.value = reduce(before, message);
  if (message.type === "snapshot") void readBack(before, message, silentForS);
  const first = message.type === "snapshot" && !before.site;
  notice(before, watch.value, first);
}

/** What is over, and what happened while the page was cut off: the snapshot has only what stands. */
async function readBack(before: Watch, snapshot: Snapshot, silentForS: number): Promise<void> {
  const toS = epochS(snapshot.server_time);
  const recent = await recentAlerts();
  watch.value = withRecord(watch.value, recent);
  if (before.site && silentForS > 0) missedWhileAway.value = missed(before, reduce(before, snapshot), recent, toS - silentForS, toS);
}

/** Sound and spoken announcement of what has risen; what stood open before the page was opened only insists. */
function notice(before: Watch, now: Watch, first: boolean): void {
  if (before.alerts === now.alerts) return;
  moveFocus();
  unsayWhatIsOver(now);
  const rose = risen(before.alerts, now.alerts);
  const criticals = rose.filter((alarm) => alarm.level === "critical");
  if (criticals.length) announceCriticals(criticals);
  if (!first) noteWhenTheyRose(rose, now);
  const calls = first ? [] : newCalls(rose, before.alerts, heardCalls);
  const sound = soundOf(calls);
  if (sound && !silenced.value) play(sound, calls);
}

function noteWhenTheyRose(rose: readonly AlertView[], now: Watch): void {
  for (const alarm of rose) roseAtS.set(alarm.alert_id, monotonicS());
  for (const id of roseAtS.keys()) if (!(id in now.alerts)) roseAtS.delete(id);
}

/** The criticals that were announced last. */
let announced: readonly string[] = [];

function announceCriticals(alarms: readonly AlertView[]): void {
  announced = alarms.map((alarm) => alarm.alert_id);
  silentUntilS.value = 0;
  silenceLeftS.value = 0;
  announcement.value = alarms.map((alarm) => words.alarms.newCritical(alarm.title, alarm.because, alarm.action)).join(" ");
}

/** Who comes upon the announcement later must not take for news what has cleared. Nothing is spoken of that. */
function unsayWhatIsOver(now: Watch): void {
  if (announced.every((id) => now.alerts[id]?.cleared_at !== null)) announcement.value = "";
}

// The beat: clock, cut-off, insistence.

let insistedS = -Infinity;
let calledCutOffS = -Infinity;

let heardCalls: Heard = new Map();

/** For these alarms. */
function play(sound: "alert" | "critical", calls: readonly AlertView[]): void {
  if (sound === "critical") insistedS = monotonicS();
  if (horn.play(sound)) heardCalls = heardAfter(heardCalls, calls, watch.value.alerts);
}

export function beat(): void {
  const atS = monotonicS();
  const siteS = clock ? serverNowS(clock, atS) : Date.now() / 1000;
  batch(() => {
    nowS.value = Math.floor(siteS);
    silentS.value = Math.floor(silenceS(link, atS));
    silenceLeftS.value = Math.max(0, Math.ceil(silentUntilS.value - atS));
    if (silentS.value === 0) heardAtS.value = Math.floor(siteS);
    moveFocus();
  });
  if (!silenced.value) sound(atS);
}

function sound(atS: number): void {
  if (cutOff.value && heardAtS.value !== null && atS - calledCutOffS >= CUT_OFF_EVERY_S) {
    calledCutOffS = atS;
    horn.play("cutOff");
  }
  if (!cutOff.value) calledCutOffS = -Infinity;
  const criticals = insisting(watch.value.alerts);
  if (criticals.length && atS - insistedS >= INSIST_EVERY_S) play("critical", criticals);
}

export async function tryPassword(password: string): Promise<string> {
  const refused = await enter(password);
  if (refused) return refused;
  signInNeeded.value = false;
  channel.start();
  return "";
}

export async function leave(): Promise<void> {
  await signOut();
  location.reload();
}


const visible = signal(true);

/** Pictures of the cameras in view only, and of none while nobody can see the page. */
function askForPictures(): void {
  channel.watch(visible.value ? camerasInView.value : []);
}

export function listen(): void {
  document.addEventListener("visibilitychange", () => (visible.value = document.visibilityState === "visible"));
  effect(askForPictures);
  setInterval(beat, BEAT_MS);
  channel.start();
}
