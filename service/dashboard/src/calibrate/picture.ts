/** The picture to draw on: one in the camera's own size, a small one until that is there or where it does not come, or a file. */

import { batch } from "@preact/signals";
import { stillOf } from "../api";
import { bytesOf } from "../bytes";
import type { PreviewShown } from "../messages";
import { epochS } from "../times";
import type { Draft } from "./draft";
import { watchCamera } from "./listening";
import { camera, draft, picture, pictureNote, saved, shown, signInNeeded, sizeIsKnown, type Origin } from "./screen";
import { words } from "./words";

const NO_PICTURE_AFTER_MS = 8000;
const DRAWN_AT_MOST_PX = 4096;
/** So soon the service has another still of one camera made. */
const STILL_AGAIN_MS = 2100;
const TRIES = 3;
const TOO_SOON = 429;

/** Counts what a person asked for: what belongs to an earlier wish comes too late. */
let wish = 0;
/** Of which wish no picture in the camera's own size comes. */
let wishWithoutStill = 0;

export function takePicture(): void {
  const mine = ++wish;
  pictureNote.value = words.picture.waiting;
  watchCamera(true);
  void takeStill(mine);
  setTimeout(() => {
    if (mine === wish && pictureNote.value === words.picture.waiting) pictureNote.value = words.picture.none;
  }, NO_PICTURE_AFTER_MS);
}

export function openPicture(file: File): void {
  watchCamera(false);
  void showPicture(file, { kind: "file", name: file.name }, ++wish);
}

async function takeStill(mine: number, tries = TRIES): Promise<void> {
  const answer = await stillOf(camera);
  if (mine !== wish) return;
  if (answer.ok) {
    watchCamera(false);
    void showPicture(answer.value.jpeg, { kind: "still", capturedS: answer.value.capturedS }, mine);
  } else if (answer.status === 401) signInNeeded.value = true;
  else if (answer.status === TOO_SOON && tries > 1) setTimeout(() => void takeStill(mine, tries - 1), STILL_AGAIN_MS);
  else goOnWithPreview(mine);
}

/** The worker is of an older version, say. */
function goOnWithPreview(mine: number): void {
  wishWithoutStill = mine;
  if (shown.value?.wish === mine) pictureNote.value ||= words.picture.onlySmall;
}

/** One, and no other until a person asks for it. */
export function showPreview(preview: PreviewShown): void {
  watchCamera(false);
  void showPicture(new Blob([bytesOf(preview.jpeg)]), { kind: "preview", capturedS: epochS(preview.captured_at) }, wish);
}

async function showPicture(file: Blob, from: Origin, mine: number): Promise<void> {
  try {
    const whole = await createImageBitmap(file);
    const { width, height } = whole;
    const bitmap = await drawable(whole);
    if (comesTooLate(from, mine)) return bitmap.close();
    batch(() => {
      picture.value?.close();
      picture.value = bitmap;
      shown.value = { from, width, height, wish: mine };
      if (!sizeIsKnown.value) takeSize(width, height, from);
      pictureNote.value = noteOn(width, height);
    });
  } catch {
    if (!comesTooLate(from, mine)) pictureNote.value = words.picture.unreadable;
  }
}

function comesTooLate(from: Origin, mine: number): boolean {
  return mine !== wish || (from.kind === "preview" && shown.value?.wish === mine);
}

function noteOn(width: number, height: number): string {
  if (draft.value && hasOtherShape(width / height, draft.value)) return words.picture.otherShape(width, height, draft.value.size);
  return wishWithoutStill === wish ? words.picture.onlySmall : "";
}

/** Of a small one until a larger one comes: what is drawn first stays as it was drawn. */
function takeSize(width: number, height: number, from: Origin): void {
  if (!draft.value || draft.value.points.length || draft.value.shapes.length) return;
  draft.value = { ...draft.value, size: [width, height] };
  saved.value = JSON.stringify(draft.value);
  sizeIsKnown.value = from.kind !== "preview";
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
