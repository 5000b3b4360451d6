/** What is drawn outlives a reload of the page, as long as the site file stays what it was. */

import type { Draft } from "./draft";
import { camera, changed, draft, saved } from "./screen";

const PLACE = `crushwatch.draft.${camera}`;

/** A browser that keeps nothing (private window, full) still calibrates. */
export function keep(): void {
  try {
    if (changed.value) sessionStorage.setItem(PLACE, JSON.stringify({ saved: saved.value, draft: draft.value }));
    else if (draft.value) sessionStorage.removeItem(PLACE);
  } catch {
    return;
  }
}

export function keptDraft(): Draft | null {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null") as { saved: string; draft: Draft } | null;
  return kept?.saved === saved.value ? kept.draft : null;
}
