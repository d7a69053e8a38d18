// What an operator types of one call, and the command that files it.
import { fromLocalInput } from "../ui/format";

/** Every field as it was typed; kept as a draft at every key. */
export type TicketDraft = {
  need: string;
  /** The place field as typed: letters of a district, or a postal code. */
  place: string;
  district: string;
  zipcode: string;
  landmark: string;
  quantity: string;
  people: string;
  /** Of people far from home: the other state, the district at home, what they lack (ids with blanks between). */
  state: string;
  homeDistrict: string;
  wants: string;
  name: string;
  phone: string;
  note: string;
  /** "" or `YES`, as the browser's drafts hold text alone. */
  danger: string;
  onBehalf: string;
  /** When it was told, where it is typed in later: paper, a person at the counter. Value of a `datetime-local` input. */
  receivedAt: string;
  /** When typing began, ISO 8601. */
  at: string;
};

export const YES = "yes";

export const EMPTY: Readonly<TicketDraft> = {
  need: "",
  place: "",
  district: "",
  zipcode: "",
  landmark: "",
  quantity: "",
  people: "",
  state: "",
  homeDistrict: "",
  wants: "",
  name: "",
  phone: "",
  note: "",
  danger: "",
  onBehalf: "",
  receivedAt: "",
  at: "",
};

/** Needs of our people elsewhere, and of others' people here. */
export const STRANDED = "stranded";
export const STRANDED_HERE = "stranded-here";
export const WANTS = ["food", "shelter", "travel", "medical"] as const;

export function isStranded(draft: TicketDraft): boolean {
  return draft.need === STRANDED || draft.need === STRANDED_HERE;
}

const PIN = /^[1-9][0-9]{5}$/;
const DEVANAGARI_ZERO = 0x0966;

/** Digits of either script as 0-9. */
export function plainDigits(text: string): string {
  return text.replace(/[\u0966-\u096f]/g, (digit) => String(digit.charCodeAt(0) - DEVANAGARI_ZERO));
}

/** The postal code that was typed, or "". */
export function pinIn(text: string): string {
  const digits = plainDigits(text).replace(/\s/g, "");
  return PIN.test(digits) ? digits : "";
}

/** Whether anything was typed that would be a pity to lose. */
export function isTouched(draft: TicketDraft): boolean {
  return (Object.keys(EMPTY) as (keyof TicketDraft)[]).some(
    (field) => !["phone", "onBehalf", "receivedAt", "at"].includes(field) && draft[field] !== EMPTY[field],
  );
}

/** Fields without which the ticket goes to triage. */
export function missingIn(draft: TicketDraft): ("need" | "place")[] {
  const missing: ("need" | "place")[] = [];
  if (!draft.need) missing.push("need");
  const elsewhere = draft.need === STRANDED && draft.state;
  if (!draft.district && !draft.zipcode && !elsewhere) missing.push("place");
  return missing;
}

/** The payload of the action `file`; what is empty is left out. */
export function toCommand(draft: TicketDraft, call: string): Record<string, unknown> {
  const people = Number.parseInt(plainDigits(draft.people), 10);
  // What was typed as a place and is neither a district nor a postal code must not be lost.
  const stray = !draft.district && !draft.zipcode ? draft.place : "";
  const landmark = [stray, draft.landmark].filter(Boolean).join(", ").trim();
  const fields: Record<string, unknown> = {
    call,
    service_code: draft.need,
    district: draft.district,
    zipcode: draft.zipcode,
    phone: plainDigits(draft.phone).trim(),
    name: draft.name.trim(),
    landmark,
    quantity: plainDigits(draft.quantity).trim(),
    people: Number.isNaN(people) ? "" : people,
    note: draft.note.trim(),
    danger: draft.danger === YES || "",
    on_behalf: draft.onBehalf === YES || "",
    received_at: draft.receivedAt && fromLocalInput(draft.receivedAt),
  };
  if (isStranded(draft)) {
    fields[draft.need === STRANDED ? "state" : "home_state"] = draft.state;
    if (draft.need === STRANDED) fields.home_district = draft.homeDistrict;
    if (draft.wants) fields.wants = draft.wants.split(" ");
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}
