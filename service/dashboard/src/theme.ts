/** Media queries as signals, and the theme that follows from one of them. */

import { signal, type ReadonlySignal } from "@preact/signals";
import type { Theme } from "./settings";

/** Whether a media query holds, now and later. */
export function matched(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query);
  const holds = signal(list.matches);
  list.addEventListener("change", () => (holds.value = list.matches));
  return holds;
}

const systemIsLight = matched("(prefers-color-scheme: light)");

/** To be called in an effect: it reads what the system says. */
export function wearTheme(theme: Theme): void {
  const ofSystem = systemIsLight.value ? "light" : "dark";
  document.documentElement.dataset["theme"] = theme === "auto" ? ofSystem : theme;
}
