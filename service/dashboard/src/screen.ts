/** The state of the screen, as signals. `listen.ts` writes what the service says, `hands.ts` what a person does. */

import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { CUT_OFF_AFTER_S } from "./live/cutoff";
import type { CameraView } from "./messages";
import { Pictures } from "./pictures";
import { keptSettings } from "./settings";
import { Horn } from "./sound/horn";
import type { Missed } from "./watch/missed";
import { alarmOrder, fittingWall, wallPage, waits, worstCameras, worstFirst, type WallSize } from "./watch/ranking";
import { USUAL_LIMITS, cameraLost, openLevels, shownRegion, type Shown } from "./watch/shown";
import { NOTHING, regionKey, type Watch } from "./watch/state";

/** Whether a media query holds, now and later. */
function matched(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query);
  const holds = signal(list.matches);
  list.addEventListener("change", () => (holds.value = list.matches));
  return holds;
}

/** Seconds that never jump, for all that lasts; `nowS` is for what has a date. */
export const monotonicS = (): number => performance.now() / 1000;

export const settings = keptSettings(localStorage);
export const pictures = new Pictures();
export const horn = new Horn();

// What the service said.
export const watch = signal<Watch>(NOTHING);
/** The service's time in whole epoch seconds; what is older is counted from here. */
export const nowS = signal(Math.floor(Date.now() / 1000));
/** Whole seconds without a word from the service. */
export const silentS = signal(0);
export const attempt = signal(0);
export const heardAtS = signal<number | null>(null);
export const missedWhileAway = signal<Missed | null>(null);
export const signInNeeded = signal(false);

// What the person did.
export const chosen = signal<string | null>(null);
export const enlarged = signal<string | null>(null);
export const pageNumber = signal(0);
export const focusedAlarm = signal<string | null>(null);
export const sending = signal<ReadonlySet<string>>(new Set());
export const complaint = signal("");
export const silentUntilS = signal(0);
export const silenceLeftS = signal(0);
export const helpOpen = signal(false);
/** Open when a name is asked for; with the alarm that waits for it, if any. */
export const nameAsked = signal<{ readonly alarm: string | null } | null>(null);
export const announcement = signal("");
export const onPhone = matched("(max-width: 760px)");
export const systemIsLight = matched("(prefers-color-scheme: light)");

export const zone = computed(() => watch.value.site?.timezone ?? "UTC");
export const limits = computed(() => watch.value.site ?? USUAL_LIMITS);
export const cutOff = computed(() => silentS.value >= CUT_OFF_AFTER_S);
export const silenced = computed(() => silenceLeftS.value > 0);

const open = computed(() => openLevels(Object.values(watch.value.alerts)));

/** What may be shown of a camera's regions now. */
export function shownOf(camera: CameraView): Shown[] {
  return camera.regions.map((region) =>
    shownRegion(region, camera, nowS.value, limits.value, open.value.get(regionKey(region)) ?? "clear"),
  );
}

export const shownRegions = computed<readonly Shown[]>(() =>
  watch.value.order.flatMap((id) => shownOf(watch.value.cameras[id]!)),
);

let orderBefore: readonly string[] = [];
export const worstRegions = computed<readonly Shown[]>(() => {
  const sorted = worstFirst(shownRegions.value, orderBefore);
  orderBefore = sorted.map(regionKey);
  return sorted;
});

const lostCameras = computed<ReadonlySet<string>>(
  () => new Set(watch.value.order.filter((id) => cameraLost(watch.value.cameras[id]!, nowS.value) !== null)),
);

export const camerasSeen = computed(() => watch.value.order.filter((id) => watch.value.cameras[id]!.state === "ok").length);
export const alarms = computed(() => alarmOrder(Object.values(watch.value.alerts)));
export const waitingAlarms = computed(() => alarms.value.filter(waits));

/** The alarm that `A` acknowledges. It stays where it is when new ones come, so that no key press hits an unseen one. */
export const alarmInFocus = computed(() => {
  const waiting = waitingAlarms.value;
  return waiting.find((alarm) => alarm.alert_id === focusedAlarm.value) ?? waiting[0] ?? null;
});

/** Once something waits, the focus is on it by name, not by place. */
export function holdFocus(): void {
  focusedAlarm.value = alarmInFocus.peek()?.alert_id ?? null;
}

export const wallSize = computed<WallSize>(() => {
  if (onPhone.value || enlarged.value !== null) return 1;
  return settings.wall.value ?? fittingWall(watch.value.order.length);
});

const followsWorst = computed(() => settings.follow.value || onPhone.value);
export const wallOrder = computed(() => (followsWorst.value ? worstCameras(watch.value.order, shownRegions.value, lostCameras.value) : watch.value.order));

export const wall = computed(() => {
  const one = enlarged.value;
  if (one !== null) return { cameras: [one], page: 0, pages: 1 };
  return wallPage(wallOrder.value, wallSize.value, pageNumber.value);
});

let idsBefore: readonly string[] = [];
/** The cameras to be seen now; the same list as long as they are the same, so that nothing is drawn anew. */
export const cameraIdsOnWall = computed<readonly string[]>(() => {
  const now = wall.value.cameras;
  if (now.length !== idsBefore.length || now.some((id, place) => id !== idsBefore[place])) idsBefore = now;
  return idsBefore;
});
