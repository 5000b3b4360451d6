/** The figure of a region: `5.2 people/m²`, or people where density is not known; struck out when it is not current. */

import { countText, densityText } from "../figures";
import type { RegionView } from "../messages";
import type { Shown } from "../watch/shown";
import { words } from "../words";

export function Figure({ region, shown }: { region: RegionView; shown: Shown }) {
  const reading = shown.reading;
  if (!reading) return <span class="figure none" data-testid="figure">–</span>;
  const density = reading.density_per_m2 ?? null;
  const text = density === null ? countText(reading.count) : densityText(density, region.thresholds);
  const unit = density === null ? words.people : words.perSquareMetre;
  const Number = shown.current ? "span" : "s";
  return (
    <span class="figure" data-testid="figure" data-current={shown.current}>
      <Number class="number">{text}</Number> <span class="unit">{unit}</span>
    </span>
  );
}
