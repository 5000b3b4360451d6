/** Makes the sounds with Web Audio. Browsers allow it only after a first click or key: until then it is not armed. */

import { signal } from "@preact/signals";
import { PATTERNS, type Sound } from "./patterns";

const LOUDNESS = 0.35;
/** Ramps at both ends of a tone, or it clicks. */
const RAMP_S = 0.015;

export class Horn {
  readonly armed = signal(false);
  private context: AudioContext | null = null;

  /** To be called from a click or a key press; harmless when armed already. */
  async arm(): Promise<void> {
    this.context ??= new AudioContext();
    this.context.onstatechange = () => this.look();
    await this.context.resume();
    this.look();
  }

  /** Whether it could be heard. */
  play(sound: Sound): boolean {
    const context = this.context;
    if (!context || context.state !== "running") return false;
    const startS = context.currentTime + 0.02;
    for (const tone of PATTERNS[sound]) this.sing(context, startS + tone.atS, tone.lastsS, tone.hz);
    return true;
  }

  private look(): void {
    this.armed.value = this.context?.state === "running";
  }

  private sing(context: AudioContext, startS: number, lastsS: number, hz: number): void {
    const gain = context.createGain();
    const voice = context.createOscillator();
    voice.type = "triangle";
    voice.frequency.value = hz;
    gain.gain.setValueAtTime(0, startS);
    gain.gain.linearRampToValueAtTime(LOUDNESS, startS + RAMP_S);
    gain.gain.setValueAtTime(LOUDNESS, startS + lastsS - RAMP_S);
    gain.gain.linearRampToValueAtTime(0, startS + lastsS);
    voice.connect(gain).connect(context.destination);
    voice.start(startS);
    voice.stop(startS + lastsS);
    voice.onended = () => gain.disconnect();
  }
}
