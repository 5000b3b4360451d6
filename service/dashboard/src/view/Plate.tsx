/** All that is said of one region under its picture: level, figure, rate, peak, count, age, trend. */

import { bandText, countText, densityText, nextArrival, rateText, trendOf, type Trend as Direction } from "../figures";
import type { RegionReading, RegionView } from "../messages";
import { moment } from "../screen";
import { aheadText, durationText } from "../times";
import { peakDrives, type Shown } from "../watch/shown";
import { regionKey } from "../watch/state";
import { words } from "../words";
import { Facts } from "./Facts";
import { Band, Figure } from "./Figure";
import { Holds } from "./Hold";
import { LevelMark } from "./LevelMark";
import { TrendLine } from "./Trend";

const ARROWS: Readonly<Record<Direction, string>> = { rising: "↗", falling: "↘", steady: "→" };

export function Plate({ region, shown }: { region: RegionView; shown: Shown }) {
  const hasDensity = region.reading?.density_per_m2 != null;
  return (
    <section
      class="plate"
      data-testid="region-figure"
      data-region={region.region}
      data-level={shown.level}
      data-uncalibrated={shown.uncalibrated}
      data-stale={shown.stale}
      aria-label={shown.name}
    >
      <div class="plate-head">
        <LevelMark level={shown.level} />
        <span class="name">{shown.name}</span>
      </div>
      <Figure region={region} shown={shown} />
      <Facts of={shown.name} camera={shown.camera}>
        {!shown.current && <Unknown shown={shown} />}
        <Holds shown={shown} />
        {shown.current && <Known region={region} shown={shown} />}
      </Facts>
      <TrendLine
        of={regionKey(region)}
        thresholds={hasDensity || !region.reading ? region.thresholds : null}
        label={words.region.trend(shown.name)}
      />
    </section>
  );
}

export function Rate({ shown }: { shown: Shown }) {
  const rate = shown.reading?.rate_per_m2_per_min ?? null;
  if (rate === null || !shown.current) return null;
  const direction = trendOf(rate);
  return (
    <span class="rate" data-testid="rate" data-direction={direction}>
      <span class="arrow" role="img" aria-label={words.region[direction]}>{ARROWS[direction]}</span>{" "}
      <span class="rate-number">{words.region.rate(rateText(rate))}</span>
    </span>
  );
}

export function Peak({ region }: { region: RegionView }) {
  const reading = region.reading;
  if (reading?.peak_density_per_m2 == null) return null;
  return (
    <span class={peakDrives(region) ? "peak drives" : "peak"} data-testid="peak" title={words.region.peakMeaning}>
      {words.region.peak(densityText(reading.peak_density_per_m2, region.thresholds))}
      <Band text={bandText(reading.band?.peak_density_low_per_m2, reading.band?.peak_density_high_per_m2)} />
    </span>
  );
}

function Unknown({ shown }: { shown: Shown }) {
  return (
    <span class="reason" data-testid="reason">
      {[shown.sinceS !== null && words.region.since(moment(shown.sinceS)), shown.reason].filter(Boolean).join(words.between)}
    </span>
  );
}

function Known({ region, shown }: { region: RegionView; shown: Shown }) {
  const reading = shown.reading;
  if (!reading) return <span>{words.region.noFigure}</span>;
  const density = reading.density_per_m2 ?? null;
  const soon = nextArrival(reading.forecast ?? null, shown.level, shown.ageS ?? 0);
  return (
    <>
      {shown.ageS !== null && <b class="age" data-testid="age">{words.region.age(durationText(shown.ageS))}</b>}
      {hasMoreDoubts(reading) && <Doubt reasons={reading.quality_reasons!.join(", ")} />}
      {peakDrives(region) && <Peak region={region} />}
      <Rate shown={shown} />
      {soon && <b data-testid="forecast" title={words.region.forecastMeaning}>{words.region.forecast(soon.level, aheadText(soon.inS))}</b>}
      {density === null ? (
        <span class="uncalibrated" data-testid="uncalibrated" title={words.camera.uncalibratedHint}>{words.unknown.uncalibrated}</span>
      ) : (
        <span data-testid="count">
          {words.region.count(countText(reading.count))}
          <Band text={bandText(reading.band?.count_low, reading.band?.count_high, countText)} />
        </span>
      )}
      {reading.truth_count != null && (
        <span class="truth" data-testid="truth" title={words.region.truthMeaning}>{words.region.truth(countText(reading.truth_count))}</span>
      )}
      {!peakDrives(region) && <Peak region={region} />}
      {region.capacity_people !== null && <span>{words.region.capacity(countText(region.capacity_people))}</span>}
      {reading.seen_share !== undefined && reading.seen_share < 0.95 && <span>{words.region.partlySeen(reading.seen_share)}</span>}
    </>
  );
}

/** Why the figure is doubted: whole where there is room. Elsewhere that it is must not be left out. */
function Doubt({ reasons }: { reasons: string }) {
  const whole = words.region.doubtful(reasons);
  return (
    <>
      <span class="doubt short" data-testid="doubt-short" title={whole}>{words.region.doubtfulShort}</span>
      <span class="doubt whole" data-testid="doubt">{whole}</span>
    </>
  );
}

/** Without a ground the first reason is that, and has been said. */
function hasMoreDoubts(reading: RegionReading): boolean {
  return (reading.quality_reasons?.length ?? 0) > (reading.density_per_m2 == null ? 1 : 0);
}
