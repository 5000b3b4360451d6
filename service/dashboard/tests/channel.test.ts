import { describe, expect, test } from "vitest";
import { Channel } from "../src/live/channel";
import { GIVE_UP_AFTER_S } from "../src/live/cutoff";

/** A world of sockets and timers in which nothing happens unless the test says so. */
class World {
  sockets: FakeSocket[] = [];
  timers: { inS: number; act: () => void }[] = [];
  heard: string[] = [];
  refusals = 0;
  attempts: number[] = [];

  readonly channel = new Channel(
    { heard: (text) => this.heard.push(text), refused: () => this.refusals++, attempt: (number) => this.attempts.push(number) },
    {
      open: () => {
        this.sockets.push(new FakeSocket());
        return this.sockets.at(-1)! as unknown as WebSocket;
      },
      after: (inS, act) => {
        const timer = { inS, act };
        this.timers.push(timer);
        return () => (this.timers = this.timers.filter((other) => other !== timer));
      },
      chance: () => 1,
    },
  );

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  letTimePass(): number {
    const timer = this.timers.shift()!;
    timer.act();
    return timer.inS;
  }
}

class FakeSocket {
  readyState = 0;
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }
}

describe("the live channel", () => {
  test("asks for the cameras in view as soon as it is open, and again when they change", () => {
    const world = new World();
    world.channel.watch(["north"]);
    world.channel.start();
    world.socket.opens();
    world.channel.watch(["stage", "alley"]);
    expect(world.socket.sent.map((text) => JSON.parse(text))).toEqual([
      { type: "watch", cameras: ["north"] },
      { type: "watch", cameras: ["stage", "alley"] },
    ]);
  });

  test("opens a new socket by itself when one closes, and asks for the same cameras", () => {
    const world = new World();
    world.channel.watch(["north"]);
    world.channel.start();
    world.socket.opens();
    world.socket.onmessage?.({ data: "{}" });
    world.socket.onclose?.();
    expect(world.letTimePass()).toBeLessThanOrEqual(1);
    world.socket.opens();
    expect(world.sockets).toHaveLength(2);
    expect(world.socket.sent).toHaveLength(1);
  });

  test("takes an open socket that has fallen silent for dead", () => {
    const world = new World();
    world.channel.start();
    world.socket.opens();
    world.socket.onmessage?.({ data: "{}" });
    const silent = world.socket;
    expect(world.letTimePass()).toBe(GIVE_UP_AFTER_S);
    expect(silent.closed).toBe(true);
    world.letTimePass();
    expect(world.sockets).toHaveLength(2);
  });

  test("waits longer with every attempt, and begins anew once something was heard", () => {
    const world = new World();
    world.channel.start();
    const waits = [1, 2, 3].map(() => {
      world.socket.onclose?.();
      return world.letTimePass();
    });
    expect(waits).toEqual([1, 2, 4]);
    world.socket.onmessage?.({ data: "{}" });
    world.socket.onclose?.();
    expect(world.letTimePass()).toBe(0.5);
  });

  test("says so when it was refused before a word was said: perhaps nobody is signed in", () => {
    const world = new World();
    world.channel.start();
    world.socket.onclose?.();
    expect(world.refusals).toBe(1);
  });

  test("stays closed once it was stopped", () => {
    const world = new World();
    world.channel.start();
    const { onclose } = world.socket;
    world.channel.stop();
    onclose?.();
    expect(world.timers).toHaveLength(0);
    expect(world.sockets).toHaveLength(1);
  });
});
