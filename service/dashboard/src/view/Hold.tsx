/** Why an alarm stays although its figure has fallen, and what ends it: in a few letters, or whole. */

import { belowText, countText } from "../figures";
import { levelOf, type Level } from "../levels";
import type { Hold, RegionReading } from "../messages";
import { holdOf, moment } from "../screen";
import { durationText, epochS } from "../times";
import { leftS } from "../watch/holds";
import type { Shown } from "../watch/shown";
import { words } from "../words";

/** What holds a region at its level: whole where there is room, short with the rest under the pointer elsewhere. */
export function Holds({ shown }: { shown: Shown }) {
  const hold = holdOf(shown);
  if (!hold || !shown.reading) return null;
  const whole = holdText(hold, shown.reading);
  const short = shown.current ? shortText(hold, shown.reading) : null;
  const following = hold.believed ? words.hold.following(thenOf(hold)) : "";
  return (
    <>
      {short && (
        <span class="hold short" data-testid="hold-short" data-falls={following !== ""} title={whole}>
          {short}<span class="following">{following}</span>
        </span>
      )}
      <span class="hold whole" data-testid="hold">{whole}</span>
    </>
  );
}

/** `ends in 35 s`, or `35 s more` where a lower level follows; nothing while the figure is still near its threshold, where the level explains itself. */
function shortText(hold: Hold, reading: RegionReading): string | null {
  const left = leftS(hold, reading);
  if (!hold.believed) return words.hold.shortDoubted;
  return left === null ? null : words.hold.short(durationText(Math.ceil(left)), thenOf(hold));
}

export function holdText(hold: Hold, reading: RegionReading): string {
  const level = levelOf(hold.level);
  const whole = durationText(hold.for_s);
  const below = hold.below === null ? null : belowMark(hold.below);
  if (!hold.believed) return words.hold.doubted((reading.quality_reasons ?? []).join(", "), level, whole, below);
  const left = leftS(hold, reading);
  if (left === null || hold.calm_since === null) return words.hold.waits(figureText(hold, reading), level, whole, below);
  const since = moment(epochS(hold.calm_since));
  return words.hold.calm(figureText(hold, reading), below, since, whole, durationText(Math.ceil(left)), thenOf(hold));
}

/** The level that follows; null where the worker does not say it. */
function thenOf(hold: Hold): Level | null {
  return hold.then == null ? null : levelOf(hold.then);
}

/** `4.25`, `3.4`, `85`: as exact as it is, for the figure is held against it. */
function belowMark(below: number): string {
  return String(Math.round(below * 100) / 100);
}

/** `1.2 people/m²`, `peak 1.6 people/m²`, `70 people`; empty for a rule that looks at more than one figure. */
function figureText(hold: Hold, reading: RegionReading): string {
  if (hold.value === null || hold.below === null) return "";
  if (hold.unit === words.people) return `${countText(hold.value)} ${words.people}`;
  const text = `${belowText(hold.value, hold.below)} ${words.perSquareMetre}`;
  return hold.value > (reading.density_per_m2 ?? 0) && hold.value === reading.peak_density_per_m2 ? words.region.peak(text) : text;
}
