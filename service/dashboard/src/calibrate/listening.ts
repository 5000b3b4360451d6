/** What the live channel says of this camera: its state, the time, and a small picture while none of its own size is there. */

import { batch } from "@preact/signals";
import { Channel } from "../live/channel";
import { CUT_OFF_AFTER_S, silenceS, type Link } from "../live/cutoff";
import { serverNowS, synchronised, type ServerClock } from "../live/serverclock";
import { askForSignIn } from "../live/signin";
import { browser } from "../live/world";
import { parseMessage, type LiveMessage, type PreviewShown } from "../messages";
import { epochS } from "../times";
import { camera, cameraSeen, nowS, signInNeeded, silentS, zone } from "./screen";

const BEAT_MS = 500;

const monotonicS = (): number => performance.now() / 1000;
const channel = new Channel({ heard, refused: () => void askForSignIn(channel, signInNeeded), attempt: () => undefined }, browser);

let link: Link = { heardS: null, startedS: monotonicS() };
let clock: ServerClock | null = null;
let show: (preview: PreviewShown) => void = () => undefined;

function heard(text: string): void {
  const message = parseMessage(text);
  batch(() => {
    link = { ...link, heardS: monotonicS() };
    if (message) take(message);
    beat();
  });
}

function take(message: LiveMessage): void {
  if ("server_time" in message) clock = synchronised(clock, epochS(message.server_time), monotonicS());
  if (message.type === "snapshot") {
    zone.value = message.site.timezone;
    cameraSeen.value = message.cameras.find(({ id }) => id === camera) ?? null;
  } else if (message.type === "camera" && message.camera.id === camera) cameraSeen.value = message.camera;
  else if (message.type === "preview" && message.camera === camera) show(message);
}

function beat(): void {
  const atS = monotonicS();
  nowS.value = Math.floor(clock ? serverNowS(clock, atS) : Date.now() / 1000);
  const forS = Math.floor(silenceS(link, atS));
  silentS.value = forS >= CUT_OFF_AFTER_S ? forS : 0;
}

/** Begin to listen, also again after somebody had to sign in. */
export function listen(showPreview: (preview: PreviewShown) => void): void {
  show = showPreview;
  link = { heardS: null, startedS: monotonicS() };
  channel.start();
}

/** Whether small pictures are wanted. */
export function watchCamera(wanted: boolean): void {
  channel.watch(wanted ? [camera] : []);
}

export function keepTime(): void {
  setInterval(beat, BEAT_MS);
}
