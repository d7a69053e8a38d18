// What a room may do with a ticket, from which stage (router/model/stages.py), and the keys for it.
import type { Stage, Ticket } from "../link/model";
import type { TicketTextKey } from "./text/en";

export type Action =
  | "acknowledge"
  | "start"
  | "resolve"
  | "propose-reject"
  | "reroute"
  | "note"
  | "merge"
  | "correct"
  | "call-citizen"
  | "accept-reject"
  | "refuse-reject"
  | "withdraw"
  | "reopen"
  | "unmerge";

const LEAVES: readonly Stage[] = ["triage", "routed", "acknowledged", "in_progress", "reopened"];
const OPEN: readonly Stage[] = [...LEAVES, "resolved"];
const ANY: readonly Stage[] = [...OPEN, "confirmed", "unconfirmed", "rejected", "withdrawn", "merged"];

const FROM: Record<Action, readonly Stage[]> = {
  acknowledge: ["routed", "reopened"],
  start: ["routed", "acknowledged", "reopened"],
  resolve: ["routed", "acknowledged", "in_progress", "reopened"],
  "propose-reject": LEAVES,
  reroute: LEAVES,
  note: ANY,
  merge: OPEN,
  correct: OPEN,
  "call-citizen": ANY,
  "accept-reject": LEAVES,
  "refuse-reject": LEAVES,
  withdraw: LEAVES,
  reopen: ["resolved", "confirmed", "unconfirmed", "rejected", "withdrawn"],
  unmerge: ["merged"],
};

/** What rooms do, in the order of the buttons. */
export const OF_ROOMS: readonly Action[] = ["acknowledge", "start", "resolve", "call-citizen", "note", "correct", "reroute", "merge", "propose-reject"];

export const KEYS: Record<Action, string> = {
  acknowledge: "A",
  start: "S",
  resolve: "R",
  note: "N",
  correct: "E",
  reroute: "F",
  merge: "M",
  "propose-reject": "X",
  "call-citizen": "C",
  "accept-reject": "Y",
  "refuse-reject": "K",
  withdraw: "W",
  reopen: "O",
  unmerge: "U",
};

/** Done by one key; the others ask for something first. */
export const AT_ONCE: readonly Action[] = ["acknowledge", "start", "resolve", "call-citizen", "accept-reject", "refuse-reject", "unmerge"];

/** Allowed for a whole cluster at once. */
export const FOR_CLUSTERS: readonly Action[] = ["acknowledge", "start", "resolve", "note"];

export function isPossible(action: Action, ticket: Ticket): boolean {
  if (action === "call-citizen" && !ticket.phone) return false;
  if (action === "propose-reject" && ticket.proposed_rejection) return false;
  if ((action === "accept-reject" || action === "refuse-reject") && !ticket.proposed_rejection) return false;
  return FROM[action].includes(ticket.stage);
}

/** The step that comes next for a ticket. */
export function nextStep(ticket: Ticket): Action | null {
  switch (ticket.stage) {
    case "triage":
      return "reroute";
    case "routed":
    case "reopened":
      return "acknowledge";
    case "acknowledged":
      return "start";
    case "in_progress":
      return "resolve";
    default:
      return null;
  }
}

export function actionKey(action: string): TicketTextKey {
  return `action_${action.replaceAll("-", "_")}` as TicketTextKey;
}
