/** The figure of a region: `5.2 people/m²`, or people where density is not known; struck out when it is not current. */

import { bandText, countText, densityText } from "../figures";
import type { RegionView } from "../messages";
import type { Shown } from "../watch/shown";
import { words } from "../words";

/** `4.6–5.9` beside its figure; nothing where the band is not known. */
export function Band({ text }: { text: string | null }) {
  return text === null ? null : <span class="band" data-testid="band" title={words.region.bandMeaning}> {text}</span>;
}

function UnknownBand() {
  return <span class="band" data-testid="unknown-band" title={words.region.bandUnknownMeaning}> {words.region.bandUnknown}</span>;
}

export function Figure({ region, shown }: { region: RegionView; shown: Shown }) {
  const reading = shown.reading;
  if (!reading) return <span class="figure none" data-testid="figure">–</span>;
  const density = reading.density_per_m2 ?? null;
  const text = density === null ? countText(reading.count) : densityText(density, region.thresholds);
  const unit = density === null ? words.people : words.perSquareMetre;
  const band = reading.band;
  const ends = density === null ? bandText(band?.count_low, band?.count_high, countText) : bandText(band?.density_low_per_m2, band?.density_high_per_m2);
  const Number = shown.current ? "span" : "s";
  return (
    <span class="figure" data-testid="figure" data-current={shown.current}>
      <Number class="number">{text}</Number>{" "}
      <span class="beside">
        <span class={density === null ? "unit people" : "unit"}>{unit}</span>
        {shown.current && (band ? <Band text={ends} /> : <UnknownBand />)}
      </span>
    </span>
  );
}
