/** The live channel: one socket, opened again for ever. What comes over it goes to `heard`, unread. */

import type { ClientMessage } from "../messages";
import { GIVE_UP_AFTER_S, retryDelayS } from "./cutoff";

export interface ChannelEvents {
  heard(text: string): void;
  /** A socket closed, or was given up, before it said anything: perhaps nobody is signed in. */
  refused(): void;
  attempt(number: number): void;
}

/** What the channel needs of the world; in tests all of it is made up. */
export interface ChannelWorld {
  open(): WebSocket;
  after(seconds: number, act: () => void): () => void;
  chance(): number;
}

export class Channel {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private watched: readonly string[] = [];
  private cancelTimer: () => void = () => {};
  private stopped = true;

  constructor(
    private readonly events: ChannelEvents,
    private readonly world: ChannelWorld,
  ) {}

  start(): void {
    this.stopped = false;
    this.attempts = 0;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.drop();
  }

  /** Ask for the previews of these cameras and of no others; asked again after every reconnection. */
  watch(cameras: readonly string[]): void {
    this.watched = cameras;
    this.sendWatched();
  }

  private connect(): void {
    this.drop();
    this.events.attempt(++this.attempts);
    const socket = this.world.open();
    this.socket = socket;
    let said = false;
    socket.onopen = () => this.sendWatched();
    socket.onmessage = (message: MessageEvent<unknown>) => {
      said = true;
      this.attempts = 0;
      this.giveUpWhenSilent();
      if (typeof message.data === "string") this.events.heard(message.data);
    };
    socket.onclose = () => this.lost(said);
    this.giveUpWhenSilent(() => this.lost(said));
  }

  private giveUpWhenSilent(lost: () => void = () => this.lost(true)): void {
    this.cancelTimer();
    this.cancelTimer = this.world.after(GIVE_UP_AFTER_S, lost);
  }

  private lost(said: boolean): void {
    this.drop();
    if (this.stopped) return;
    this.cancelTimer = this.world.after(retryDelayS(this.attempts, this.world.chance()), () => this.connect());
    if (!said) this.events.refused();
  }

  private drop(): void {
    this.cancelTimer();
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private sendWatched(): void {
    if (this.socket?.readyState !== 1) return;
    const message: ClientMessage = { type: "watch", cameras: [...this.watched] };
    this.socket.send(JSON.stringify(message));
  }
}
