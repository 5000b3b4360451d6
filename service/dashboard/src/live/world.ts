/** What a channel needs of the browser. */

import { liveUrl } from "../api";
import type { ChannelWorld } from "./channel";

export function after(seconds: number, act: () => void): () => void {
  const timer = setTimeout(act, seconds * 1000);
  return () => clearTimeout(timer);
}

export const browser: ChannelWorld = { open: () => new WebSocket(liveUrl()), after, chance: Math.random };
