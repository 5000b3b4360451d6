/** The state of the page as signals, and what a person does to it. */

import { batch, computed, signal } from "@preact/signals";
import type { CameraView, LayoutDraft, LayoutTried } from "../messages";
import { keptSettings } from "../settings";
import { layoutOf, withCorner, withEnd, withPoint, within, type Chosen, type Draft, type Px } from "./draft";
import { words } from "./words";

const STEPS_BACK = 100;
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
export const answered = signal<LayoutDraft | null>(null);
export const complaint = signal("");

/** Where a picture comes from, and of when it is. */
export type Origin = { readonly kind: "still" | "preview"; readonly capturedS: number } | { readonly kind: "file"; readonly name: string };

export interface ShownPicture {
  readonly from: Origin;
  /** Pixels, as it came. */
  readonly width: number;
  readonly height: number;
  /** Which of a person's wishes it answers. */
  readonly wish: number;
}

export const picture = signal<ImageBitmap | null>(null);
export const shown = signal<ShownPicture | null>(null);
/** Why no picture is there, or why this one is odd. */
export const pictureNote = signal(words.picture.waiting);
/** What the service says of the camera now; null before it has. */
export const cameraSeen = signal<CameraView | null>(null);
/** The service's time in whole epoch seconds. */
export const nowS = signal(Math.floor(Date.now() / 1000));
/** Whole seconds without a word from the service; 0 while it is heard. */
export const silentS = signal(0);
export const zone = signal("UTC");
export const zoom = signal(1);
export const paving = signal(true);
export const people = signal(true);

export const past = signal<readonly Draft[]>([]);
export const canUndo = computed(() => past.value.length > 0);
/** The drawing of what the site file has, as text. */
export const saved = signal("");
/** Whether a drawing of before stands here again. */
export const restored = signal(false);
/** Whether the site file or the worker says how large the camera's pictures are; else the first picture does. */
export const sizeIsKnown = signal(false);
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

export const question = computed(() => draft.value && layoutOf(draft.value, tape.value));
/** Whether what the service said is about what is drawn now: until then none of it may be believed or copied. */
export const isCurrent = computed(() => answered.value !== null && answered.value === question.value);
