/** The picture to draw on: one of the live channel, or a file. */

import { Channel } from "../live/channel";
import { askForSignIn } from "../live/signin";
import { browser } from "../live/world";
import { parseMessage, type PreviewShown } from "../messages";
import type { Draft } from "./draft";
import { camera, draft, picture, pictureNote, saved, signInNeeded, sizeIsKnown } from "./screen";
import { words } from "./words";

const NO_PICTURE_AFTER_MS = 8000;
const DRAWN_AT_MOST_PX = 4096;

const channel = new Channel({ heard, refused: () => void askForSignIn(channel, signInNeeded), attempt: () => undefined }, browser);

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
    if (!sizeIsKnown.value) takeSize(width, height);
    pictureNote.value = draft.value && hasOtherShape(width / height, draft.value) ? words.picture.otherShape(width, height, draft.value.size) : "";
  } catch {
    pictureNote.value = words.picture.unreadable;
  }
}

function takeSize(width: number, height: number): void {
  if (!draft.value || draft.value.points.length || draft.value.shapes.length) return;
  draft.value = { ...draft.value, size: [width, height] };
  saved.value = JSON.stringify(draft.value);
  sizeIsKnown.value = true;
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

/** Begin to listen, also again after somebody had to sign in. */
export function listenForPictures(): void {
  channel.start();
}
