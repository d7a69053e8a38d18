// What a board makes of its tickets: columns, deadlines, order, clusters. Pure functions.
import { serverNow } from "../link/clock";
import type { Summary, Ticket } from "../link/model";

export type Column = "waiting" | "working" | "done";
export const COLUMNS: readonly Column[] = ["waiting", "working", "done"];

/** `late`: time has run out; `soon`: less than a quarter of it is left, or half an hour. */
export type Urgency = "late" | "soon" | "calm" | "none";

const MINUTE_MS = 60_000;
const SOON_MS = 30 * MINUTE_MS;

export function columnOf(ticket: Ticket): Column {
  switch (ticket.stage) {
    case "triage":
    case "routed":
    case "reopened":
      return "waiting";
    case "acknowledged":
    case "in_progress":
      return "working";
    default:
      return "done";
  }
}

/** Danger to life that nobody has taken yet. */
export function isAlarming(ticket: Ticket): boolean {
  return ticket.priority === 1 && columnOf(ticket) === "waiting";
}

/** By when the room has to do the next thing (ms since 1970), and of how much time; null: nothing. */
export function deadlineOf(ticket: Ticket): { at: number; of: number } | null {
  const resolve = ticket.limits.resolve * MINUTE_MS;
  const begun = Date.parse(ticket.requested_datetime);
  const helpBy = ticket.expected_datetime ? Date.parse(ticket.expected_datetime) : begun + resolve;
  switch (columnOf(ticket)) {
    case "waiting": {
      const acknowledge = ticket.limits.acknowledge * MINUTE_MS;
      // opened again: it has its whole time again from then
      const from = ticket.stage === "reopened" ? helpBy - resolve : begun;
      // who is late rises a level; who is not, though the time is over, came from another room, with new time
      const moved = ticket.level === 1 && from + acknowledge < serverNow();
      return { at: (moved ? Date.parse(ticket.updated_datetime) : from) + acknowledge, of: acknowledge };
    }
    case "working":
      return { at: helpBy, of: Math.max(helpBy - begun, MINUTE_MS) };
    default:
      return null;
  }
}

export function urgencyOf(ticket: Ticket): Urgency {
  const deadline = deadlineOf(ticket);
  if (!deadline) return "none";
  const left = deadline.at - serverNow();
  if (left < 0) return "late";
  return left < Math.min(SOON_MS, deadline.of / 4) ? "soon" : "calm";
}

/** Gravest first, of the same gravity the oldest. */
export function byGravity(one: Ticket, other: Ticket): number {
  return (
    one.priority - other.priority ||
    Date.parse(one.requested_datetime) - Date.parse(other.requested_datetime) ||
    one.service_request_id.localeCompare(other.service_request_id)
  );
}

export interface Filter {
  desk: string;
  need: string;
  zipcode: string;
  text: string;
}
export const NO_FILTER: Filter = { desk: "", need: "", zipcode: "", text: "" };

export function isFiltering(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== "");
}

const LATIN = "0123456789";

/** For comparing: lower case, digits of any script as ASCII, telephone numbers without their blanks. */
export function plain(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\u0966-\u096F]/g, (digit) => LATIN[digit.charCodeAt(0) - 0x0966] ?? digit)
    .replace(/(\d)[ -](?=\d)/g, "$1");
}

export function passes(ticket: Ticket, filter: Filter, needName: (code: string) => string): boolean {
  if (filter.desk && ticket.desk !== filter.desk) return false;
  if (filter.need && ticket.service_code !== filter.need) return false;
  if (filter.zipcode && !ticket.zipcode.startsWith(plain(filter.zipcode))) return false;
  if (!filter.text) return true;
  const fields = [
    ticket.service_request_id,
    ticket.name,
    ticket.phone ?? "",
    ticket.address,
    ticket.landmark,
    ticket.zipcode,
    ticket.description,
    ticket.transcript,
    ticket.quantity,
    needName(ticket.service_code),
    ...ticket.notes,
  ];
  const all = plain(fields.join("\n"));
  return plain(filter.text).split(/\s+/).every((word) => all.includes(word));
}

/** One card of a column: a ticket, or many citizens with one need in one PIN code. */
export type Entry = { kind: "ticket"; ticket: Ticket } | { kind: "cluster"; cluster: string; tickets: Ticket[] };

export function keyOf(entry: Entry): string {
  return entry.kind === "ticket" ? entry.ticket.service_request_id : `cluster ${entry.cluster}`;
}

/** The cards of a column in order; a cluster stands where its gravest and oldest ticket would. */
export function entriesOf(tickets: readonly Ticket[], summary: Summary | undefined): Entry[] {
  const clusters = new Set(summary?.clusters.map((one) => one.cluster));
  const entries: Entry[] = [];
  const found = new Map<string, Ticket[]>();
  for (const ticket of [...tickets].sort(byGravity)) {
    if (!clusters.has(ticket.cluster) || ticket.priority === 1) {
      entries.push({ kind: "ticket", ticket });
      continue;
    }
    const others = found.get(ticket.cluster);
    if (others) {
      others.push(ticket);
      continue;
    }
    const members = [ticket];
    found.set(ticket.cluster, members);
    entries.push({ kind: "cluster", cluster: ticket.cluster, tickets: members });
  }
  return entries.map((entry) => {
    const only = entry.kind === "cluster" && entry.tickets.length === 1 ? entry.tickets[0] : undefined;
    return only ? { kind: "ticket", ticket: only } : entry;
  });
}
