/** Every sentence of the screen, ready for translation. Say what, where, since when, what to do. */

import type { Level } from "./levels";

const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  clear: "clear",
  notice: "notice",
  caution: "caution",
  alert: "alert",
  critical: "critical",
  unknown: "unknown",
};

/** `1 camera`, `3 cameras`. */
function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** With a full stop, unless it has one. */
function ended(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** What becomes of a held level; null where that is not said. */
function fate(then: Level | null): string {
  return then === null ? "ends or is lowered" : then === "clear" ? "ends" : `lowered to ${LEVEL_WORDS[then]}`;
}

export const words = {
  product: "crushwatch",
  between: " · ",
  perSquareMetre: "people/m²",
  people: "people",

  level: (level: Level) => LEVEL_WORDS[level],
  levelMeaning: {
    clear: "below every threshold",
    notice: "filling up: sorted to the front",
    caution: "dense: a line in the list",
    alert: "close to dangerous: sound, list, border",
    critical: "dangerous: sound until acknowledged",
    unknown: "not seen: never to be read as clear",
  } satisfies Readonly<Record<Level, string>>,

  title: {
    cutOff: "CUT OFF",
    critical: (name: string) => `CRITICAL ${name}`,
  },

  strip: {
    label: "Where it is worst",
    more: (count: number) => `+${count} more above clear`,
    rest: (count: number, above: number) => `${count} more${above ? `, ${above} above clear` : ""}`,
    onlyWorst: "Only the worst",
    noRegions: "No region yet",
    show: (name: string) => `Show ${name}`,
  },

  system: {
    label: "State of the system",
    seen: (seen: number, all: number) => `${seen} of ${counted(all, "camera", "cameras")} seen`,
    waiting: "Waiting for the service",
    noCameras: "No camera",
    off: (cameras: number) => `${counted(cameras, "camera", "cameras")} switched off`,
    simulated: (cameras: number) => `${counted(cameras, "camera", "cameras")} simulated`,
    /** worker: its name where there are several. */
    slowMachine: (worker: string | null, counted: string, asked: string) =>
      `The machine of ${worker === null ? "the worker" : `worker ${worker}`} is too slow: it analyses ${counted} of ${asked} pictures a second, so figures and alerts come late.`,
    slowMachineHint: "Fewer cameras, a lower analysis_rate_hz or a smaller engine_shape help.",
    zone: (zone: string, offset: string) => (zone.endsWith(offset) ? offset : `${zone} (${offset})`),
  },

  tools: {
    label: "What the wall shows",
    wall: "Wall",
    cameras: (count: number) => counted(count, "camera", "cameras"),
    follow: "Follow the worst",
    page: (from: number, to: number, all: number) => `${from}–${to} of ${all}`,
    previous: "Previous cameras",
    next: "Next cameras",
    back: "Back to the wall (Esc)",
    calibrate: "Calibrate this camera",
    heat: "Heat",
    heatOpacity: "How strong the heat is drawn",
    legend: "People per m², from 0 to 8",
    theme: { auto: "Theme: auto", dark: "Theme: dark", light: "Theme: light" },
    fullScreen: "Full screen",
    keys: "Keys",
    name: (name: string) => `You: ${name}`,
    noName: "Your name",
    signOut: "Sign out",
  },

  region: {
    noFigure: "no figure yet",
    age: (duration: string) => `${duration} old`,
    bandMeaning: "Nine times in ten the true figure lies between these",
    bandUnknown: "band unknown",
    bandUnknownMeaning: "Band unknown for this model: how far its counts are off was not measured",
    peak: (figure: string) => `peak ${figure}`,
    peakMeaning: "Highest mean over 3 m × 3 m; the level looks at it too",
    count: (count: string) => `${count} people`,
    truth: (count: string) => `true ${count}`,
    truthMeaning: "Simulated camera: this many people are really there",
    rate: (rate: string) => `${rate}/min`,
    forecast: (level: Level, ahead: string) => `${LEVEL_WORDS[level]} in ~${ahead}`,
    forecastMeaning: "If it goes on like this; told up to five minutes ahead, from half of that level on",
    capacity: (capacity: string) => `of ${capacity} allowed`,
    partlySeen: (share: number) => `${Math.round(share * 100)} % of it seen`,
    doubtfulShort: "doubtful",
    moreFacts: (count: number, name: string, facts: string) => `${count} more of ${name}: ${facts}. Show it large`,
    doubtful: (reasons: string) => `doubtful: ${reasons}`,
    trendSpan: "last 10 min",
    trend: (name: string) => `${name}: the last ten minutes`,
    more: (count: number) => `+${counted(count, "more region", "more regions")}`,
    lastFigure: (figure: string, at: string) => `Last density ${figure} people/m² at ${at}.`,
    lastCount: (count: string, at: string) => `Last count ${count} people at ${at}.`,
    since: (at: string) => `since ${at}`,
    /** Beside `was critical`, where `since` would be read as the time of that. */
    lost: (at: string) => `lost ${at}`,
    rising: "rising",
    falling: "falling",
    steady: "steady",
  },

  /** Why an alarm stays although its figure has fallen, and what follows. below: null where more than one figure counts. */
  hold: {
    /** Beside the level that is held, which it does not say again. */
    short: (left: string, then: Level | null) => (then === "clear" ? `ends in ${left}` : `${left} more`),
    following: (then: Level | null) => (then === null || then === "clear" ? "" : `, then ${LEVEL_WORDS[then]}`),
    shortDoubted: "not believed",
    calm: (figure: string, below: string | null, since: string, whole: string, left: string, then: Level | null) =>
      `holds: ${below === null ? "its cause is gone" : `${figure}, below ${below}`} since ${since}; ${fate(then)} after ${whole} of that, ${left} to go`,
    waits: (figure: string, level: Level, whole: string, below: string | null) =>
      `holds: ${figure}; ${LEVEL_WORDS[level]} until ${whole} below ${below ?? "its mark"}`,
    doubted: (why: string, level: Level, whole: string, below: string | null) =>
      `holds: figures are not believed${why && ` (${why})`}; ${LEVEL_WORDS[level]} until ${whole} of believed ones${below === null ? "" : ` below ${below}`}`,
    unseen: "holds: no figures come, and nothing else can end it",
  },

  gate: {
    title: (name: string) => `${name}: people a minute, averaged over ten seconds`,
    flow: (into: string, out: string) => `${into} in, ${out} out /min`,
    unknown: "flow unknown",
  },

  /** Camera alerts that leave its figures standing: said beside its name. */
  cameraFault: {
    "camera-blurred": "blurred",
    "camera-slow": "few pictures",
    "camera-clock": "clock wrong or late",
  } as Readonly<Record<string, string>>,

  unknown: {
    silent: (duration: string) => `No picture for ${duration}`,
    never: (why: string) => (why ? `No picture comes (${why})` : "No picture comes"),
    frozen: (duration: string) => `Picture frozen for ${duration}`,
    dark: (duration: string) => `Too dark to count for ${duration}`,
    overexposed: (duration: string) => `Too bright to count for ${duration}`,
    covered: (duration: string) => `Camera covered for ${duration}`,
    moved: (duration: string) => `Camera moved ${duration} ago: no density until it is turned back or calibrated anew`,
    off: "Switched off in the site file",
    starting: "The camera starts: no picture yet",
    noFigure: "No figure yet",
    oldFigure: (duration: string) => `No new figure for ${duration}`,
    uncalibrated: "not calibrated: no density",
    unnamed: "The service does not know",
    was: (level: Level) => `was ${LEVEL_WORDS[level]}`,
    act: "Check the camera or send someone.",
    actAway: "No figures arrive from any camera, which may all be well: watch them directly.",
    actWorker: "The worker that counts it is silent, the camera may be well: watch it directly.",
    sentence: (reason: string) => `${reason}.`,
  },

  camera: {
    waiting: "Waiting for the first picture.",
    simulated: "simulated",
    pictureAge: (duration: string) => `picture ${duration} old`,
    uncalibratedHint: "People are counted; their density is not known. Enlarge the camera and follow Calibrate this camera.",
    degraded: (counted: string, asked: string) => `counted ${counted} of ${asked} times a second`,
    underPointer: (figure: string) => `${figure} people/m² here`,
    nothingUnderPointer: "density not known here",
    number: (number: number, name: string) => `Camera ${number}: ${name}`,
  },

  alarms: {
    label: "Alarms",
    unacknowledged: (count: number) => (count ? `${count} not acknowledged` : "none waits for you"),
    none: "No open alarm.",
    noneHint: "A level of caution or above puts a line here.",
    acknowledge: (count: number) => (count > 1 ? `Acknowledge all ${count}` : "Acknowledge"),
    acknowledgeIt: (title: string, count: number) => `Acknowledge${count > 1 ? ` all ${count}` : ""}: ${title}`,
    acknowledging: "Sending…",
    notAcknowledged: "not acknowledged",
    acknowledgedBy: (who: string, at: string) => `acknowledged by ${who} at ${at}`,
    cleared: (at: string) => `cleared ${at}`,
    simulated: "simulated",
    highest: (figure: string) => `highest ${figure} people/m²`,
    raised: (at: string) => `raised ${at}`,
    /** Its figures are those of that moment, and no longer current. */
    because: (at: string, because: string) => `at ${at}: ${because}`,
    now: (figure: string, peak: string | null) => `now ${figure}${peak === null ? "" : `, peak ${peak}`}`,
    times: (count: number) => `${count} times`,
    failed: (title: string, why: string) => `Not acknowledged: ${title}. ${why} Try again.`,
    justCame: "An alarm has just come or got worse. Read it, then press A for it.",
    nobodyWaits: "No alarm waits for acknowledgement.",
    newCritical: (title: string, because: string, action: string | null) =>
      ["Critical: " + title, because, action ?? ""].filter(Boolean).map(ended).join(" "),
  },

  sound: {
    off: "Sound is off: click to arm",
    on: "Sound on",
    silence: "Silence 2 min (M)",
    silent: (left: string) => `Silent ${left} — M ends it`,
    test: "Test",
    testLabel: "Play the sound of an alert, then of a critical",
    play: (name: string) => `Play: ${name}`,
    cutOff: "cut off",
  },

  cutOff: {
    never: (duration: string) => `No answer from the service for ${duration}. Trying again by itself.`,
    lost: (duration: string, at: string) => `CUT OFF for ${duration}. Nothing on this page is current: all of it is from ${at} or before.`,
    /** 0: the connection stands, and nothing comes. */
    attempt: (attempt: number) => `Reconnecting by itself${attempt ? `, attempt ${attempt}` : ""}. Use radio and eyes until it is back.`,
    connecting: "Connecting to the service.",
  },

  missed: {
    headline: (from: string, to: string, duration: string) => `Back. The page was cut off from ${from} to ${to} (${duration}).`,
    nothing: "No alarm was raised or ended meanwhile.",
    raised: (at: string, level: Level, title: string) => `${at} raised: ${LEVEL_WORDS[level]}, ${title}`,
    higher: (level: Level, title: string) => `now ${LEVEL_WORDS[level]}: ${title}`,
    ended: (title: string) => `over: ${title}`,
    acknowledged: (title: string, who: string) => `acknowledged by ${who}: ${title}`,
    dismiss: "Understood",
  },

  empty: {
    noCameras: "No camera yet.",
    noCamerasHint: "Add one under `cameras:` in the site file, then run `crushwatch check site.yaml --probe`: it opens the camera and says what it saw.",
    waiting: "Waiting for the first figures.",
  },

  name: {
    question: "Who acknowledges?",
    why: "Your name or call sign stands beside each acknowledgement. It is kept in this browser.",
    label: "Name or call sign",
    save: "Save",
    saveAndAcknowledge: "Save and acknowledge",
    cancel: "Cancel",
  },

  login: {
    headline: "Sign in",
    why: "This screen shows live pictures: the site asks for its password.",
    label: "Password",
    submit: "Sign in",
    wrong: "That password is not right.",
    tooMany: "Too many attempts. Wait a minute, then try again.",
    failed: (why: string) => `The service did not answer: ${why}`,
  },

  help: {
    headline: "Keys, levels, sounds",
    keys: [
      ["1 … 9", "choose a camera (two digits for 10 and above)"],
      ["← ↑ → ↓", "move between cameras; in the list, between alarms"],
      ["Enter", "show the chosen camera large"],
      ["Esc", "back to the wall"],
      ["A", "acknowledge the alarm in focus"],
      ["M", "silence the sound for two minutes; again, or a new critical, ends it"],
      ["F", "full screen"],
      ["?", "this page"],
    ] as ReadonlyArray<readonly [string, string]>,
    close: "Close",
    sounds: "Sounds",
    levels: "Levels",
  },

  request: {
    unreachable: "The service cannot be reached.",
    refused: (status: number) => `The service refused (${status}).`,
  },
} as const;
