/** The state of the screen, as signals. `listen.ts` writes what the service says, `hands.ts` what a person does. */

import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { CUT_OFF_AFTER_S } from "./live/cutoff";
import type { AlertView, CameraView, Hold } from "./messages";
import { Pictures } from "./pictures";
import { keptSettings } from "./settings";
import { Horn } from "./sound/horn";
import type { Missed } from "./watch/missed";
import { NO_FOCUS, focusNow, type Focus } from "./watch/focus";
import { grouped, waitingOf } from "./watch/groups";
import { alarmOrder, isAboutTheWay, fittingWall, wallPage, waits, worstCameras, worstFirst, type WallSize } from "./watch/ranking";
import { holdOfAlarm, holdOfRegion, openAlarms } from "./watch/holds";
import { machinesBehind } from "./watch/machines";
import { USUAL_LIMITS, isSeen, openLevels, shownRegion, type Shown } from "./watch/shown";
import { NOTHING, regionKey, type Watch } from "./watch/state";
import { levelOf } from "./levels";
import { matched } from "./theme";
import { dayText, epochS, momentText } from "./times";
import { words } from "./words";

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
/** On a phone: all regions in the strip, not the worst only. */
export const allRegions = signal(false);
export const focus = signal<Focus>(NO_FOCUS);
export const sending = signal<ReadonlySet<string>>(new Set());
export const complaint = signal("");
export const silentUntilS = signal(0);
export const silenceLeftS = signal(0);
export const helpOpen = signal(false);
export interface NameAsked {
  /** Those that wait for the name, if any. */
  readonly alarms: readonly string[];
  /** Monotonic seconds since which the question has covered the page. */
  readonly sinceS: number;
}

/** Open when a name is asked for. */
export const nameAsked = signal<NameAsked | null>(null);
export const announcement = signal("");
/** Or a tablet held upright, or a page enlarged so far that no more has room. */
export const onPhone = matched("(max-width: 900px), (max-height: 480px)");
const isNarrow = matched("(max-width: 1180px)");
const isVeryNarrow = matched("(max-width: 1000px)");
/** Cards that the strip has room for beside the state of the system and the clock. */
export const cardsInStrip = computed(() => (isVeryNarrow.value ? 2 : isNarrow.value ? 3 : 4));

// Parts of what the service said. Each changes only when it changes itself, so that a figure redraws its own camera.
export const site = computed(() => watch.value.site);
export const order = computed(() => watch.value.order);
export const faults = computed(() => watch.value.faults);
/** What was over longer ago than a shift lasts is nobody's news. */
const SHIFT_S = 12 * 3600;
const minute = computed(() => Math.floor(nowS.value / 60));
const closed = computed(() => watch.value.closed);
export const closedAlarms = computed(() => closed.value.filter((alarm) => epochS(alarm.updated_at) > minute.value * 60 - SHIFT_S));
const alerts = computed(() => watch.value.alerts);
const unknownSinceS = computed(() => watch.value.unknownSinceS);
const open = computed(() => openLevels(Object.values(alerts.value)));

export const zone = computed(() => site.value?.timezone ?? "UTC");
const today = computed(() => dayText(nowS.value, zone.value));
/** When something was, by the site's clock; with its day if that is not today. */
export const moment = (atS: number): string => momentText(atS, today.value, zone.value);
const limits = computed(() => site.value ?? USUAL_LIMITS);
export const cutOff = computed(() => silentS.value >= CUT_OFF_AFTER_S);
export const silenced = computed(() => silenceLeftS.value > 0);

export interface CameraOnScreen {
  readonly camera: ReadonlySignal<CameraView | undefined>;
  /** What may be shown of its regions now, in their order. */
  readonly shown: ReadonlySignal<readonly Shown[]>;
}

const onScreen = new Map<string, CameraOnScreen>();

export function cameraOnScreen(id: string): CameraOnScreen {
  let one = onScreen.get(id);
  if (!one) onScreen.set(id, (one = newCameraOnScreen(id)));
  return one;
}

function newCameraOnScreen(id: string): CameraOnScreen {
  const camera = computed(() => watch.value.cameras[id]);
  const shown = computed(() => (camera.value ? shownOf(camera.value) : []));
  return { camera, shown };
}

function shownOf(camera: CameraView): readonly Shown[] {
  return camera.regions.map((region) =>
    shownRegion(
      region, camera, nowS.value, limits.value, open.value.get(regionKey(region)) ?? "clear", unknownSinceS.value[regionKey(region)],
    ),
  );
}

const openByRegion = computed(() => openAlarms(Object.values(alerts.value)));

/** What holds a region at its level although its figures have fallen, seen or not; null where nothing does. */
export function holdOf(shown: Shown): Hold | null {
  return holdOfRegion(shown.held ?? shown.level, shown.holds, openByRegion.value.get(regionKey(shown)) ?? []);
}

/** The region that an alarm is about; null for one about a camera, or about what is no longer watched. */
export function regionOf(alarm: AlertView): Shown | null {
  return cameraOnScreen(alarm.camera).shown.value.find((shown) => shown.region === alarm.region) ?? null;
}

/** What holds an alarm although its figure has fallen, with the region that it is about. */
export function holdOfRow(alarm: AlertView): { readonly hold: Hold; readonly shown: Shown } | null {
  const shown = alarm.cleared_at ? null : regionOf(alarm);
  const hold = shown && holdOfAlarm({ rule: alarm.rule, level: levelOf(alarm.level) }, shown.holds);
  return hold && { hold, shown };
}

/** Whether the region of an alarm gives no figure at all any more: then nothing can end it. */
export function isUnseen(alarm: AlertView): boolean {
  const shown = alarm.cleared_at ? null : regionOf(alarm);
  return shown !== null && !shown.current && (shown.ageS ?? 0) >= limits.value.unknown_after_s;
}

/** Those that are switched off in the site file are nobody's worry: they stand on the wall and nowhere else. */
const watched = computed(() => order.value.map(cameraOnScreen).filter((one) => one.camera.value?.state !== "off"));
export const camerasWatched = computed(() => watched.value.length);
export const camerasOff = computed(() => order.value.length - watched.value.length);
const shownRegions = computed(() => watched.value.flatMap((one) => one.shown.value));

let orderBefore: readonly string[] = [];
export const worstRegions = computed<readonly Shown[]>(() => {
  const sorted = worstFirst(shownRegions.value, orderBefore);
  orderBefore = sorted.map(regionKey);
  return sorted;
});

/** Those that nothing is seen of. */
const lostCameras = computed<ReadonlySet<string>>(() => {
  const lost = watched.value.filter((one) => !isSeen(one.camera.value!, one.shown.value, nowS.value));
  return new Set(lost.map((one) => one.camera.value!.id));
});

export const camerasSeen = computed(() => watched.value.length - lostCameras.value.size);
export const camerasSimulated = computed(() => watched.value.filter((one) => one.camera.value?.simulated).length);
export const slowMachines = computed(() => machinesBehind(watched.value.map((one) => one.camera.value!)));
export const alarms = computed(() => alarmOrder(Object.values(alerts.value)));
export const waitingAlarms = computed(() => alarms.value.filter(waits));
/** The rows of the list: one a region, whichever rules spoke of it. */
export const alarmGroups = computed(() => grouped(alarms.value));
export const waitingGroups = computed(() => alarmGroups.value.filter((group) => waitingOf(group).length > 0));
/** When each alarm rose before this page's eyes, in monotonic seconds. */
export const roseAtS = new Map<string, number>();

/** Alerts about the way of the figures, not about a camera, that have not cleared: by what they are about. */
const away = computed(() => Object.values(alerts.value).filter((alert) => !alert.cleared_at && isAboutTheWay(alert)));

/** What to do for a camera that shows nothing: where no figure arrives at all the camera itself is not to blame. */
export function adviceFor(camera: CameraView): string {
  if (away.value.some((alert) => alert.rule === "bus-unreachable")) return words.unknown.actAway;
  return away.value.some((alert) => alert.camera === camera.worker) ? words.unknown.actWorker : words.unknown.act;
}

/** The group whose alarms `A` acknowledges. */
export const groupInFocus = computed(() => {
  const waiting = waitingGroups.value;
  return waiting.find((group) => group.key === focus.value.alarm) ?? waiting[0] ?? null;
});

/** Let the focus follow what came and what somebody did. */
export function moveFocus(): void {
  const before = focus.peek();
  focus.value = focusNow(before, waitingGroups.peek().map((group) => group.key), monotonicS());
  if (focus.value !== before) leaveRow();
}

/** The browser's own focus would still say that the one before is meant. */
function leaveRow(): void {
  const active = document.activeElement;
  if (active instanceof HTMLElement && active.closest(`.row:not([data-group="${CSS.escape(focus.peek().alarm ?? "")}"])`)) active.blur();
}

export const wallSize = computed<WallSize>(() => {
  if (onPhone.value || enlarged.value !== null) return 1;
  return settings.wall.value ?? fittingWall(order.value.length);
});

/** On a phone cameras stand one under the other, to be scrolled through. */
const CAMERAS_A_PHONE_PAGE = 16;
export const camerasAPage = computed(() => (onPhone.value ? CAMERAS_A_PHONE_PAGE : wallSize.value));

const followsWorst = computed(() => settings.follow.value || onPhone.value);
export const wallOrder = computed(() =>
  followsWorst.value ? worstCameras(order.value, shownRegions.value, lostCameras.value) : order.value,
);

export const wall = computed(() => {
  const one = enlarged.value;
  if (one !== null) return { cameras: [one], page: 0, pages: 1 };
  return wallPage(wallOrder.value, camerasAPage.value, pageNumber.value);
});

let idsBefore: readonly string[] = [];
/** The cameras to be seen now; the same list as long as they are the same, so that nothing is drawn anew. */
export const cameraIdsOnWall = computed<readonly string[]>(() => {
  const now = wall.value.cameras;
  if (now.length !== idsBefore.length || now.some((id, place) => id !== idsBefore[place])) idsBefore = now;
  return idsBefore;
});

/** Cameras on the wall that somebody has to scroll to. */
export const outOfView = signal<ReadonlySet<string>>(new Set());
export const camerasInView = computed(() => cameraIdsOnWall.value.filter((id) => !outOfView.value.has(id)));
