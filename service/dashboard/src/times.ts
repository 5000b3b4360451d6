/** Times as a person reads them: local to the site, with seconds. All moments are epoch seconds. */

const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
const formats = new Map<Intl.DateTimeFormatOptions, Map<string, Intl.DateTimeFormat>>([[CLOCK, new Map()], [DAY, new Map()]]);

function formatted(atS: number, options: Intl.DateTimeFormatOptions, zone: string): string {
  const known = formats.get(options)!;
  if (!known.has(zone)) known.set(zone, new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }));
  return known.get(zone)!.format(new Date(atS * 1000));
}

/** Epoch seconds of an ISO 8601 text; NaN if it is none. */
export function epochS(iso: string): number {
  return Date.parse(iso) / 1000;
}

/** `22:15:08` in the site's zone. */
export function clockText(atS: number, zone: string): string {
  return Number.isFinite(atS) ? formatted(atS, CLOCK, zone) : "--:--:--";
}

/** `21 Nov`: the day there. */
export function dayText(atS: number, zone: string): string {
  return formatted(atS, DAY, zone);
}

/** `22:15:08`, or `21 Nov 22:15:08` on another day than `today`: a time alone would be read as today's. */
export function momentText(atS: number, today: string, zone: string): string {
  const clock = clockText(atS, zone);
  if (!Number.isFinite(atS)) return clock;
  const day = dayText(atS, zone);
  return day === today ? clock : `${day} ${clock}`;
}

/** `UTC+9`, `UTC-3:30`, `UTC`: how far the zone is from UTC at that moment. */
export function offsetText(atS: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(
    new Date(atS * 1000),
  );
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  return name.replace("GMT", "UTC").replace(/([+-])0/, "$1").replace(/:00$/, "").replace(/\+0$/, "");
}

/** `41 s`, `3 min 20 s`, `2 h 5 min`, `3 days`: how long something has lasted. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 && minutes < 10 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** `14 s`, `3 min`: how far ahead something foreseen lies; whole minutes from one on, for no forecast is better. */
export function aheadText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.round(whole / 60)} min`;
}

/** `1:52`, what is left of a countdown. */
export function countdownText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
