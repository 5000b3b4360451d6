/** A channel that is refused: perhaps nobody is signed in. */

import type { Signal } from "@preact/signals";
import { mustSignIn } from "../api";
import type { Channel } from "./channel";

export async function askForSignIn(channel: Channel, needed: Signal<boolean>): Promise<void> {
  if (!(await mustSignIn())) return;
  channel.stop();
  needed.value = true;
}
