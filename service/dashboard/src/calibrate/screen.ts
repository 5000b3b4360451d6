/** The state of the page as signals, and what a person does to it. */

import { batch, computed, effect, signal } from "@preact/signals";
import { cameraNow, enter, layoutOfCamera, mustSignIn, tryLayout } from "../api";
import { Channel } from "../live/channel";
import { browser } from "../live/world";
import { parseMessage, type LayoutTried, type PreviewShown } from "../messages";
import { keptSettings } from "../settings";
import { draftOf, layoutOf, withCorner, withEnd, withPoint, within, type Chosen, type Draft, type Px } from "./draft";
import { words } from "./words";

const TRY_AFTER_MS = 250;
const NO_PICTURE_AFTER_MS = 8000;
const STEPS_BACK = 100;
const USUAL_SIZE = [1920, 1080] as const;
export const MOST_ZOOM = 8;

export const camera = new URLSearchParams(location.search).get("camera") ?? "";
export const settings = keptSettings(localStorage);

export const signInNeeded = signal(false);
/** Why there is nothing to draw on. */
export const stuck = signal(camera ? words.loading : words.noCamera);
export const cameraName = signal(camera);
export const draft = signal<Draft | null>(null);
export const tape = signal<readonly Px[]>([]);
export const chosen = signal<Chosen>("ground");
export const tried = signal<LayoutTried | null>(null);
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
export const changed = computed(() => draft.value !== null && JSON.stringify(layoutOf(draft.value)) !== saved.value);

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

/** What follows one movement of the hand is one step: the first of it is kept, the others take its place. */
export function changeOn(step: (before: Draft) => Draft): void {
  if (draft.value) draft.value = step(draft.value);
}

export function undo(): void {
  const before = past.value.at(-1);
  if (!before) return;
  batch(() => {
    past.value = past.value.slice(0, -1);
    draft.value = before;
    if (typeof chosen.value === "number" && chosen.value >= before.shapes.length) chosen.value = "ground";
  });
}

/** A click on the picture. */
export function put(px: Px): void {
  const to = chosen.value;
  if (to === "ground") change((before) => withPoint(before, px));
  else if (to !== "tape") change((before) => withCorner(before, to, px));
  else if (draft.value) tape.value = tape.value.length === 2 ? withEnd(tape.value, within(draft.value.size, px)) : [...tape.value, within(draft.value.size, px)];
}

// What the service says of it.

const question = computed(() => draft.value && layoutOf(draft.value, tape.value));
let timer = 0;
let isAsking = false;

/** Once the hand rests, and one question at a time: many regions take the service a while. */
function tryLater(): void {
  if (!question.value) return;
  clearTimeout(timer);
  timer = window.setTimeout(() => void tryNow(), TRY_AFTER_MS);
}

async function tryNow(): Promise<void> {
  if (!question.value) return;
  if (isAsking) return tryLater();
  isAsking = true;
  const answer = await tryLayout(camera, question.value);
  isAsking = false;
  batch(() => {
    complaint.value = answer.ok ? "" : words.failed(answer.why);
    if (answer.ok) tried.value = answer.value;
    if (!answer.ok && answer.status === 401) signInNeeded.value = true;
  });
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
    const bitmap = await createImageBitmap(file);
    picture.value?.close();
    picture.value = bitmap;
    if (!sizeIsKnown) takeSize(bitmap);
    pictureNote.value = draft.value && hasOtherShape(bitmap, draft.value) ? words.picture.otherShape(bitmap.width, bitmap.height, draft.value.size) : "";
  } catch {
    pictureNote.value = words.picture.unreadable;
  }
}

/** Where neither the site file nor the worker says how large the camera's pictures are, the first picture does. */
let sizeIsKnown = false;

function takeSize({ width, height }: ImageBitmap): void {
  if (!draft.value || draft.value.points.length || draft.value.shapes.length) return;
  draft.value = { ...draft.value, size: [width, height] };
  sizeIsKnown = true;
}

function hasOtherShape(bitmap: ImageBitmap, { size }: Draft): boolean {
  return Math.abs(bitmap.width / bitmap.height / (size[0] / size[1]) - 1) > 0.01;
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
  const answer = await layoutOfCamera(camera);
  if (!answer.ok) {
    if (answer.status === 401) signInNeeded.value = true;
    stuck.value = answer.status === 404 ? words.noSuchCamera(camera) : words.failed(answer.why);
    return;
  }
  const seen = await cameraNow(camera);
  const { name = "", width_px = null, height_px = null } = seen.ok ? seen.value : {};
  batch(() => {
    const begun = draftOf(answer.value, width_px && height_px ? [width_px, height_px] : USUAL_SIZE);
    sizeIsKnown = answer.value.picture_size_px != null || (width_px !== null && height_px !== null);
    cameraName.value = name || camera;
    saved.value = JSON.stringify(layoutOf(begun));
    draft.value = begun;
    stuck.value = "";
  });
  channel.start();
  takePicture();
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
  effect(tryLater);
  addEventListener("beforeunload", warnOfLoss);
  if (camera) void load();
}
