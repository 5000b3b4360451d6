/** The state of the page as signals, and what a person does to it. */

import { batch, computed, effect, signal } from "@preact/signals";
import { cameraIds, cameraNow, enter, layoutOfCamera, mustSignIn, tryLayout } from "../api";
import { Channel } from "../live/channel";
import { browser } from "../live/world";
import { parseMessage, type LayoutDraft, type LayoutTried, type PreviewShown } from "../messages";
import { keptSettings } from "../settings";
import { draftOf, layoutOf, withCorner, withEnd, withPoint, within, type Chosen, type Draft, type Px } from "./draft";
import { words } from "./words";

const TRY_AFTER_MS = 250;
const AGAIN_AFTER_MS = 2000;
const BUSY = 429;
const UNREACHABLE = 0;
const NO_PICTURE_AFTER_MS = 8000;
const STEPS_BACK = 100;
const USUAL_SIZE = [1920, 1080] as const;
const DRAWN_AT_MOST_PX = 4096;
export const MOST_ZOOM = 8;
export const LEAST_ZOOM = 0.4;

export const camera = new URLSearchParams(location.search).get("camera") ?? "";
export const settings = keptSettings(localStorage);

export const signInNeeded = signal(false);
/** Why there is nothing to draw on. */
export const stuck = signal(camera ? words.loading : words.noCamera);
/** Those that there are, where the one in the address is none of them. */
export const otherCameras = signal<readonly string[]>([]);
export const cameraName = signal(camera);
export const draft = signal<Draft | null>(null);
export const tape = signal<readonly Px[]>([]);
export const chosen = signal<Chosen>("ground");
export const tried = signal<LayoutTried | null>(null);
/** What was asked when `tried` was answered. */
const answered = signal<LayoutDraft | null>(null);
export const complaint = signal("");

export const picture = signal<ImageBitmap | null>(null);
/** Why no picture is there, or why this one is odd. */
export const pictureNote = signal(words.picture.waiting);
export const zoom = signal(1);
export const paving = signal(true);
export const people = signal(true);

const past = signal<readonly Draft[]>([]);
export const canUndo = computed(() => past.value.length > 0);
const saved = signal("");
/** Whether anything is drawn that the site file does not have. */
export const changed = computed(() => draft.value !== null && JSON.stringify(draft.value) !== saved.value);

/** A step that can be undone; `undefined` stands for one that is refused. */
export function change(step: (before: Draft) => Draft | null): void {
  const before = draft.value;
  const after = before && step(before);
  if (!before || !after || after === before) return;
  batch(() => {
    past.value = [...past.value.slice(1 - STEPS_BACK), before];
    draft.value = after;
  });
}

/** What one movement of the hand does is one step: the first of it is kept, what follows takes its place. */
export function changeFirst(first: boolean, step: (before: Draft) => Draft): void {
  if (first) change(step);
  else if (draft.value) draft.value = step(draft.value);
}

export function undo(): void {
  const before = past.value.at(-1);
  if (!before) return;
  batch(() => {
    const was = typeof chosen.value === "number" ? draft.value?.shapes[chosen.value]?.id : null;
    past.value = past.value.slice(0, -1);
    draft.value = before;
    if (typeof chosen.value === "number" && before.shapes[chosen.value]?.id !== was) chosen.value = "ground";
  });
}

/** A click on the picture. */
export function put(px: Px): void {
  const to = chosen.value;
  if (to === "ground") change((before) => withPoint(before, px));
  else if (to !== "tape") change((before) => withCorner(before, to, px));
  else if (draft.value) tape.value = withEnd(tape.value, within(draft.value.size, px));
}

export function moveTape(end: number, to: Px): void {
  if (draft.value) tape.value = tape.value.map((old, at) => (at === end ? within(draft.value!.size, to) : old));
}

// What the service says of it.

const question = computed(() => draft.value && layoutOf(draft.value, tape.value));
/** Whether what the service said is about what is drawn now: until then none of it may be believed or copied. */
export const isCurrent = computed(() => answered.value !== null && answered.value === question.value);
let timer = 0;
let isAsking = false;

/** Once the hand rests, and one question at a time: many regions take the service a while. */
function tryLater(afterMs: number = TRY_AFTER_MS): void {
  if (!question.value) return;
  clearTimeout(timer);
  timer = window.setTimeout(() => void tryNow(), afterMs);
}

async function tryNow(): Promise<void> {
  if (!question.value) return;
  if (isAsking) return tryLater();
  const asked = question.value;
  isAsking = true;
  const answer = await tryLayout(camera, asked);
  isAsking = false;
  if (answer.ok) {
    batch(() => {
      complaint.value = "";
      tried.value = answer.value;
      answered.value = asked;
    });
    return;
  }
  if (answer.status === 401) signInNeeded.value = true;
  if (answer.status !== BUSY) complaint.value = words.failed(answer.why);
  if (answer.status === BUSY || answer.status === UNREACHABLE) tryLater(AGAIN_AFTER_MS);
}

// The picture: one of the live channel, or a file.

const channel = new Channel({ heard, refused: () => void lookForSignIn(), attempt: () => undefined }, browser);

async function lookForSignIn(): Promise<void> {
  if (!(await mustSignIn())) return;
  channel.stop();
  signInNeeded.value = true;
}

function heard(text: string): void {
  const message = parseMessage(text);
  if (message?.type === "preview" && message.camera === camera) void showPreview(message);
}

async function showPreview(preview: PreviewShown): Promise<void> {
  channel.watch([]);
  const bytes = Uint8Array.from(atob(preview.jpeg), (letter) => letter.charCodeAt(0));
  await showPicture(new Blob([bytes]));
}

async function showPicture(file: Blob): Promise<void> {
  try {
    const whole = await createImageBitmap(file);
    const { width, height } = whole;
    picture.value?.close();
    picture.value = await drawable(whole);
    if (!sizeIsKnown) takeSize(width, height);
    pictureNote.value = draft.value && hasOtherShape(width / height, draft.value) ? words.picture.otherShape(width, height, draft.value.size) : "";
  } catch {
    pictureNote.value = words.picture.unreadable;
  }
}

/** Where neither the site file nor the worker says how large the camera's pictures are, the first picture does. */
let sizeIsKnown = false;

function takeSize(width: number, height: number): void {
  if (!draft.value || draft.value.points.length || draft.value.shapes.length) return;
  draft.value = { ...draft.value, size: [width, height] };
  saved.value = JSON.stringify(draft.value);
  sizeIsKnown = true;
}

function hasOtherShape(ratio: number, { size }: Draft): boolean {
  return Math.abs(ratio / (size[0] / size[1]) - 1) > 0.01;
}

/** No larger than a canvas may be in every browser. */
async function drawable(whole: ImageBitmap): Promise<ImageBitmap> {
  const share = DRAWN_AT_MOST_PX / Math.max(whole.width, whole.height);
  if (share >= 1) return whole;
  const size = { resizeWidth: Math.round(whole.width * share), resizeHeight: Math.round(whole.height * share) };
  return createImageBitmap(whole, size).finally(() => whole.close());
}

export function takePicture(): void {
  pictureNote.value = words.picture.waiting;
  channel.watch([camera]);
  setTimeout(() => {
    if (pictureNote.value === words.picture.waiting) pictureNote.value = words.picture.none;
  }, NO_PICTURE_AFTER_MS);
}

export function openPicture(file: File): void {
  channel.watch([]);
  void showPicture(file);
}

// Begin.

async function load(): Promise<void> {
  if (!camera) {
    otherCameras.value = await cameraIds();
    return;
  }
  const answer = await layoutOfCamera(camera);
  if (!answer.ok) {
    if (answer.status === 401) signInNeeded.value = true;
    stuck.value = answer.status === 404 ? words.noSuchCamera(camera) : words.failed(answer.why);
    otherCameras.value = await cameraIds();
    return;
  }
  const seen = await cameraNow(camera);
  const { name = "", width_px = null, height_px = null } = seen.ok ? seen.value : {};
  batch(() => {
    const begun = draftOf(answer.value, width_px && height_px ? [width_px, height_px] : USUAL_SIZE);
    sizeIsKnown = answer.value.picture_size_px != null || (width_px !== null && height_px !== null);
    cameraName.value = name || camera;
    saved.value = JSON.stringify(begun);
    const kept = keptDraft();
    if (kept) past.value = [begun];
    draft.value = kept ?? begun;
    stuck.value = "";
    restored.value = kept !== null;
  });
  channel.start();
  takePicture();
}

// What is drawn outlives a reload of the page, as long as the site file stays what it was.

const PLACE = `crushwatch.draft.${camera}`;
export const restored = signal(false);

/** A browser that keeps nothing (private window, full) still calibrates. */
function keep(): void {
  try {
    if (changed.value) sessionStorage.setItem(PLACE, JSON.stringify({ saved: saved.value, draft: draft.value }));
    else if (draft.value) sessionStorage.removeItem(PLACE);
  } catch {
    return;
  }
}

function keptDraft(): Draft | null {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null") as { saved: string; draft: Draft } | null;
  return kept?.saved === saved.value ? kept.draft : null;
}

export async function signIn(password: string): Promise<string> {
  const refused = await enter(password);
  if (refused) return refused;
  signInNeeded.value = false;
  if (draft.value) tryLater();
  else await load();
  return "";
}

function warnOfLoss(event: BeforeUnloadEvent): void {
  if (changed.value) event.preventDefault();
}

export function begin(): void {
  effect(() => tryLater());
  effect(keep);
  addEventListener("beforeunload", warnOfLoss);
  void load();
}
