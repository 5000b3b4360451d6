/** What the service says of what is drawn. */

import { batch } from "@preact/signals";
import { tryLayout } from "../api";
import { answered, camera, complaint, question, signInNeeded, tried } from "./screen";
import { words } from "./words";

const TRY_AFTER_MS = 250;
const AGAIN_AFTER_MS = 2000;
const BUSY = 429;
const UNREACHABLE = 0;

let timer = 0;
let isAsking = false;

/** Once the hand rests, and one question at a time: many regions take the service a while. */
export function tryLater(afterMs: number = TRY_AFTER_MS): void {
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
