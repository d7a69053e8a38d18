// Times in the state's zone (never the PC's), durations in words, numbers in the Indian grouping.
import { serverNow } from "../link/clock";
import { language, t } from "./text";

const ZONE = "Asia/Kolkata";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Made = Record<"time" | "timeS" | "day" | "iso", Intl.DateTimeFormat>;
const made = new Map<string, Made>();

function formats(): Made {
  // Latin digits in Hindi too: telephone numbers and PIN codes are read that way in offices
  const locale = language() === "hi" ? "hi-IN-u-nu-latn" : "en-IN";
  let found = made.get(locale);
  if (!found) {
    const clock = { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    found = {
      time: new Intl.DateTimeFormat(locale, clock),
      timeS: new Intl.DateTimeFormat(locale, { ...clock, second: "2-digit" }),
      day: new Intl.DateTimeFormat(locale, { timeZone: ZONE, day: "numeric", month: "short" }),
      iso: new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" }),
    };
    made.set(locale, found);
  }
  return found;
}

function moment(at: string | number | Date): Date {
  return new Date(at);
}

/** `14:03`. */
export function clock(at: string | number | Date): string {
  return formats().time.format(moment(at));
}

/** `14:03:20`. */
export function clockSeconds(at: string | number | Date): string {
  return formats().timeS.format(moment(at));
}

/** `2020-04-05` in the state's zone. */
export function isoDay(at: string | number | Date): string {
  return formats().iso.format(moment(at));
}

/** `14:03` today, `yesterday 14:03`, `3 Apr 14:03` otherwise. */
export function when(at: string | number | Date): string {
  const day = isoDay(at);
  const now = serverNow();
  if (day === isoDay(now)) return clock(at);
  if (day === isoDay(now - DAY)) return `${t("yesterday")} ${clock(at)}`;
  if (day === isoDay(now + DAY)) return `${t("tomorrow")} ${clock(at)}`;
  return `${formats().day.format(moment(at))} ${clock(at)}`;
}

/** A length of time in words, to two units: `45 s`, `12 min`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  const length = Math.abs(ms);
  if (length < MINUTE) return t("seconds", { n: Math.floor(length / 1_000) });
  if (length < HOUR) return t("minutes", { n: Math.floor(length / MINUTE) });
  if (length < DAY) {
    const h = Math.floor(length / HOUR);
    const m = Math.floor((length % HOUR) / MINUTE);
    return m ? t("hoursMinutes", { h, m }) : t("hours", { n: h });
  }
  const d = Math.floor(length / DAY);
  const h = Math.floor((length % DAY) / HOUR);
  return h && d < 10 ? t("daysHours", { d, h }) : t("days", { n: d });
}

/** Time until a moment: `12 min left`, or `2 h late`. */
export function timeLeft(until: string | number): string {
  const left = new Date(until).getTime() - serverNow();
  if (Math.abs(left) < MINUTE) return left < 0 ? t("late", { duration: t("minutes", { n: 1 }) }) : t("left", { duration: t("minutes", { n: 1 }) });
  return t(left < 0 ? "late" : "left", { duration: duration(left) });
}

/** `12 min ago`. */
export function ago(at: string | number): string {
  const past = serverNow() - new Date(at).getTime();
  return past < MINUTE ? t("now") : t("ago", { duration: duration(past) });
}

/** A number in the Indian grouping: `1,25,000`. */
export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat("en-IN", { maximumFractionDigits: digits }).format(value);
}

/** A telephone number as people read it: `98260 12345` within India, else as it is. */
export function telephone(e164: string): string {
  const indian = /^\+91(\d{5})(\d{5})$/.exec(e164);
  return indian ? `${indian[1]} ${indian[2]}` : e164;
}

/** The value of an `<input type="datetime-local">` for a moment, in the state's zone. */
export function localInput(at: string | number): string {
  return `${isoDay(at)}T${clock(at)}`;
}

/** What such an input holds as ISO 8601 with the state's offset (no summer time there). */
export function fromLocalInput(value: string): string {
  return `${value}:00+05:30`;
}
