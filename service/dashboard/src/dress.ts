/** What the page shows outside itself: its theme, and the title of the browser's tab. */

import { effect } from "@preact/signals";
import { alarms, cutOff, settings, site, worstRegions } from "./screen";
import { wearTheme } from "./theme";
import { words } from "./words";

export function dressPage(): void {
  effect(() => wearTheme(settings.theme.value));
  effect(showTitle);
}

function showTitle(): void {
  const worst = worstRegions.value[0];
  const critical = alarms.value.find((alarm) => alarm.level === "critical" && !alarm.cleared_at);
  const head = cutOff.value
    ? words.title.cutOff
    : critical
      ? words.title.critical(critical.title)
      : worst?.level === "critical"
        ? words.title.critical(worst.name)
        : null;
  document.title = [head, site.value?.name || words.product].filter((part) => part !== null).join(words.between);
}
