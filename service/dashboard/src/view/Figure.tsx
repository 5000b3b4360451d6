/** The figure of a region: `5.2 people/m²`, or people where density is not known; struck out when it is not current. */

import { bandText, countText, densityText } from "../figures";
import type { Forecast, RegionView } from "../messages";
import { judge } from "../screen";
import { judgedFigure, type Shown } from "../watch/shown";
import { words } from "../words";

export function Band({ forecast }: { forecast: Forecast }) {
  return <span class="band" data-testid="band" title={words.region.bandMeaning}> {bandText(forecast)}</span>;
}

export function Figure({ region, shown }: { region: RegionView; shown: Shown }) {
  const reading = shown.reading;
  if (!reading) return <span class="figure none" data-testid="figure">–</span>;
  const density = reading.density_per_m2 ?? null;
  const text = density === null ? countText(reading.count) : densityText(density, region.thresholds);
  const unit = density === null ? words.people : words.perSquareMetre;
  const band = shown.current && density !== null && judgedFigure(reading, judge.value) === "mean" ? reading.forecast : null;
  const Number = shown.current ? "span" : "s";
  return (
    <span class="figure" data-testid="figure" data-current={shown.current}>
      <Number class="number">{text}</Number> <span class={density === null ? "unit people" : "unit"}>{unit}</span>
      {band && <Band forecast={band} />}
    </span>
  );
}
