/** What the service says and what the page answers: the types generated from the service's own models. */

import type { LiveMessage } from "./api.gen";

export type { AlertView, CameraView, ClientMessage, Forecast, GateView, Hold, LayoutDraft, LayoutTried, LayoutView, LiveMessage, PreviewShown, RegionReading, RegionUpdate, RegionView, SiteView, Snapshot, TrendView } from "./api.gen";

const TYPES: Readonly<Record<LiveMessage["type"], true>> = { snapshot: true, readings: true, camera: true, alert: true, tick: true, preview: true, trends: true };

/** The message in a text of the live channel; null for one that this page does not know (a newer service). */
export function parseMessage(text: string): LiveMessage | null {
  const message: unknown = JSON.parse(text);
  const known = typeof message === "object" && message !== null && "type" in message && Object.hasOwn(TYPES, String(message.type));
  return known ? (message as LiveMessage) : null;
}
