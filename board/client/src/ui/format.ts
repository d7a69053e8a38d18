// Times in the state's zone (never the PC's), durations in words, numbers in the Indian grouping.
import { serverNow } from "../link/clock";
import { language, t } from "./text";

const ZONE = "Asia/Kolkata";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Without Intl for the clock: a board formats hundreds of times at each redraw, and this zone has no summer time.
const OFFSET = 5.5 * HOUR;

const days = new Map<string, Intl.DateTimeFormat>();

/** `3 Apr`. */
function dayAndMonth(at: number): string {
  // Latin digits in Hindi too: telephone numbers and PIN codes are read that way in offices
  const locale = language() === "hi" ? "hi-IN-u-nu-latn" : "en-IN";
  let format = days.get(locale);
  if (!format) days.set(locale, (format = new Intl.DateTimeFormat(locale, { timeZone: ZONE, day: "numeric", month: "short" })));
  return format.format(at);
}

/** In the state's zone, as ISO 8601 without an offset. */
function local(at: string | number | Date): string {
  const time = new Date(at).getTime();
  return Number.isNaN(time) ? "" : new Date(time + OFFSET).toISOString();
}

/** `14:03`. */
export function clock(at: string | number | Date): string {
  return local(at).slice(11, 16);
}

/** `14:03:20`. */
export function clockSeconds(at: string | number | Date): string {
  return local(at).slice(11, 19);
}

/** `2020-04-05` in the state's zone. */
export function isoDay(at: string | number | Date): string {
  return local(at).slice(0, 10);
}

/** `14:03` today, `yesterday 14:03`, `3 Apr 14:03` otherwise; a room's own program may write what is no time. */
export function when(at: string | number | Date): string {
  const day = isoDay(at);
  if (!day) return t("unknown");
  const now = serverNow();
  if (day === isoDay(now)) return clock(at);
  if (day === isoDay(now - DAY)) return `${t("yesterday")} ${clock(at)}`;
  if (day === isoDay(now + DAY)) return `${t("tomorrow")} ${clock(at)}`;
  return `${dayAndMonth(new Date(at).getTime())} ${clock(at)}`;
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
