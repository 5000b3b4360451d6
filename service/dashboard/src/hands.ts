/** What a person does: with the mouse through the views, with the keyboard here. */

import { batch } from "@preact/signals";
import { acknowledge } from "./api";
import { actionOf, moved, type Action, type Move, type Typed } from "./keys";
import { beat } from "./listen";
import type { AlertView } from "./messages";
import {
  allRegions, camerasAPage, chosen, complaint, enlarged, focus, groupInFocus, helpOpen, horn, monotonicS, moveFocus, nameAsked,
  onPhone, outOfView, pageNumber, roseAtS, sending, settings, signInNeeded, silenced, silentUntilS, wall, wallOrder, wallSize, watch,
} from "./screen";
import { SILENCE_S } from "./sound/patterns";
import { epochS } from "./times";
import { canHaveBeenSeen, chosenFocus, readAlready, unchangedSince } from "./watch/focus";
import { waitingOf, type AlarmGroup } from "./watch/groups";
import type { WallSize } from "./watch/ranking";
import { reduce } from "./watch/state";
import { words } from "./words";

export function choose(camera: string): void {
  batch(() => {
    chosen.value = camera;
    if (enlarged.value !== null || camerasAPage.value === 1) enlarged.value = camera;
    else pageNumber.value = Math.max(0, Math.floor(wallOrder.value.indexOf(camera) / camerasAPage.value));
  });
}

/** Show one camera large: from an alarm, a card of the strip, a double click or Enter. */
export function enlarge(camera: string): void {
  if (!(camera in watch.value.cameras)) return;
  batch(() => {
    chosen.value = camera;
    enlarged.value = camera;
    allRegions.value = false;
  });
  if (onPhone.value) requestAnimationFrame(() => document.querySelector(".tools")?.scrollIntoView());
}

/** Whether a camera of the wall can be seen without scrolling. */
export function setInView(camera: string, isInView: boolean): void {
  if (outOfView.peek().has(camera) !== isInView) return;
  const others = [...outOfView.value].filter((id) => id !== camera);
  outOfView.value = new Set(isInView ? others : [...others, camera]);
}

export function backToWall(): void {
  enlarged.value = null;
  if (onPhone.value) scrollTo(0, 0);
}

export function setWall(size: WallSize): void {
  batch(() => {
    settings.wall.value = size;
    enlarged.value = null;
    pageNumber.value = 0;
    if (chosen.value !== null) choose(chosen.value);
  });
}

export function setFollow(follow: boolean): void {
  batch(() => {
    settings.follow.value = follow;
    enlarged.value = null;
    pageNumber.value = 0;
  });
}

export function turnPage(by: number): void {
  pageNumber.value = wall.value.page + by;
}

export function focusGroup(key: string): void {
  focus.value = chosenFocus(key, monotonicS());
}

/** All of a group that waits, but for what has come, or risen, so late that nobody can have read it. */
export function acknowledgeGroup(group: AlarmGroup): void {
  const read = readAlready(waitingOf(group).map((alarm) => alarm.alert_id), roseAtS, monotonicS());
  if (read.length === 0) return say(words.alarms.justCame);
  acknowledgeAlarms(read);
}

function acknowledgeAlarms(ids: readonly string[]): void {
  if (settings.name.value === "") askForName(ids);
  else for (const id of ids) void sendAcknowledgement(id, settings.name.value);
}

/** Who the person is; these alarms are acknowledged once that is said. */
export function askForName(alarms: readonly string[] = []): void {
  nameAsked.value = { alarms, sinceS: monotonicS() };
}

async function sendAcknowledgement(id: string, by: string): Promise<void> {
  if (sending.value.has(id)) return;
  sending.value = new Set(sending.value).add(id);
  complaint.value = ""; // now, not with the answer: what is said in between stays
  const answer = await acknowledge(id, by);
  batch(() => {
    sending.value = new Set([...sending.value].filter((other) => other !== id));
    if (answer.ok) heardAnswer(answer.value);
    else complaint.value = words.alarms.failed(watch.value.alerts[id]?.title ?? id, answer.why);
  });
}

/** The answer to a request is as good as a message of the channel, and often here first. */
function heardAnswer(alert: AlertView): void {
  const known = watch.value.alerts[alert.alert_id];
  if (!known || epochS(known.updated_at) > epochS(alert.updated_at)) return;
  watch.value = reduce(watch.value, { type: "alert", alert });
  moveFocus();
}

/** What has come higher behind the question was not what he meant to acknowledge. */
export function saveName(name: string): void {
  const { alarms, sinceS } = nameAsked.value ?? { alarms: [], sinceS: 0 };
  const meant = unchangedSince(alarms, roseAtS, sinceS);
  settings.name.value = name.trim();
  nameAsked.value = null;
  if (settings.name.value) acknowledgeAlarms(meant);
  if (meant.length < alarms.length) say(words.alarms.justCame);
}

export function toggleSilence(): void {
  silentUntilS.value = silenced.value ? 0 : monotonicS() + SILENCE_S;
  beat();
}

export function toggleFullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen().catch(() => undefined);
}

// Keys.

let typed: Typed | null = null;

function onKey(event: KeyboardEvent): void {
  if (signInNeeded.value || document.querySelector("dialog[open]") || isWriting(event.target)) return;
  const action = actionOf(event, typed, watch.value.order.length, monotonicS());
  if (!action || (isControl(event.target) && (action.do === "move" || action.do === "enlarge"))) return;
  event.preventDefault();
  act(action);
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== "range" && target.type !== "checkbox";
}

/** Enter presses a button and arrows move a slider: there the keys keep their usual meaning. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, input, select, [data-own-arrows]") !== null;
}

function act(action: Action): void {
  switch (action.do) {
    case "choose":
      return chooseNumber(action.number);
    case "move":
      return move(action.to);
    case "acknowledge":
      return acknowledgeInFocus();
    case "silence":
      return toggleSilence();
    case "fullScreen":
      return toggleFullScreen();
    case "help":
      helpOpen.value = true;
      return;
    case "enlarge":
      return chosen.value === null ? undefined : enlarge(chosen.value);
    case "back":
      return backToWall();
  }
}

function acknowledgeInFocus(): void {
  const group = groupInFocus.value;
  if (!group) return say(words.alarms.nobodyWaits);
  if (!canHaveBeenSeen(focus.value, monotonicS())) return say(words.alarms.justCame);
  acknowledgeGroup(group);
}

function say(text: string): void {
  complaint.value = text;
}

function chooseNumber(number: number): void {
  typed = { number, atS: monotonicS() };
  const camera = watch.value.order[number - 1];
  if (camera !== undefined) choose(camera);
}

function move(to: Move): void {
  const order = wallOrder.value;
  const here = enlarged.value ?? chosen.value;
  const place = here === null ? -1 : order.indexOf(here);
  const next = order[place < 0 ? 0 : moved(place, to, Math.sqrt(wallSize.value), order.length)];
  if (next !== undefined) choose(next);
}

/** Any first click or key also arms the sound, which browsers demand. */
export function takeHands(): void {
  document.addEventListener("keydown", onKey);
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, () => void horn.arm());
}
