// What the board sends of operators, calls and queues: the `data` of `operators/<id>/…`, `queues/…`, `callbacks/…`.

/** The call in hand, or the one that rings, as Asterisk reports it. */
export interface CurrentCall {
  uniqueid: string;
  helpline: string;
  caller: string;
  queue: string;
  waited_s: number;
  /** Seconds since 1970: answered, or while it rings, rung. */
  since: number;
  ticket?: string;
  /** Of a call that an operator places: the citizen's telephone rings, or both speak. */
  stage?: "calling" | "speaking";
  /** Whether the caller is on hold. */
  held?: boolean;
  /** Whether the caller waits for this operator, whose browser was gone. */
  parked?: boolean;
  /** Whether the operator's telephone rings for it: nobody has answered. */
  ringing?: boolean;
  parties?: readonly Party[];
}

export interface Party {
  leg: string;
  /** `citizen`, `operator-101`, or the destination: `line-104`, `room-district-bhopal`, `emergency`. */
  who: string;
  speaks: boolean;
}

export interface OperatorState {
  operator: string;
  name?: string;
  present: boolean;
  /** "" or the reason. */
  paused: string;
  since: string | null;
  queues: readonly string[];
  refused: number;
  telephone?: "registered" | "unreachable" | "absent";
  rtt_ms?: number | null;
  wrapup_until?: string | null;
  /** Id of the supervisor who listens, whispers or has joined; "" for nobody. */
  supervised_by?: string;
  kind?: "browser" | "sip";
}

export interface OperatorRow {
  state: OperatorState | null;
  call: CurrentCall | null;
}

/** A silent or abandoned call. */
export interface Callback {
  callback: string;
  phone: string;
  helpline: string;
  reason: "silent" | "abandoned";
  /** When the first such call ended, ISO 8601. */
  since: string;
  /** How often the citizen has called so, and we in vain. */
  calls: number;
  attempts: number;
  /** Id of the operator who calls just now. */
  taken_by: string;
}

export interface QueueNow {
  waiting: number;
  /** ISO 8601: since when the first in line waits. */
  waiting_since: string | null;
}

/** How the parties of a call stand to each other. */
export type CallMode = "ringing" | "talking" | "dialling" | "parked" | "held" | "calling" | "consulting" | "conference";

/** A number as trunks signal it, in E.164 where it is an Indian one. */
export function asE164(caller: string): string {
  return caller.replace(/^(?:\+91|0091|91|0)?([1-9]\d{9})$/, "+91$1");
}

const CITIZEN = "citizen";
const OPERATOR = "operator-";

/** Whom the operator speaks with, beside the caller and the operator. */
export function othersIn(call: CurrentCall, me: string): string[] {
  return (call.parties ?? []).map(({ who }) => who).filter((who) => who !== CITIZEN && who !== `${OPERATOR}${me}`);
}

/** How the call stands, from its parties alone: the page has no opinion of its own. */
export function modeOf(call: CurrentCall, me: string): CallMode {
  const { parties = [], held = false, parked = false } = call;
  const others = parties.filter(({ who }) => who !== CITIZEN && who !== `${OPERATOR}${me}`);
  const citizenSpeaks = parties.some(({ who, speaks }) => who === CITIZEN && speaks);
  if (call.ringing) return "ringing";
  if (parked) return "parked";
  if (call.stage === "calling") return "dialling";
  if (held && !others.length) return "held";
  if (!parties.length || (citizenSpeaks && !others.length)) return "talking";
  if (citizenSpeaks || others.length > 1) return "conference";
  if (!others.length) return "talking";
  return others.some(({ speaks }) => speaks) ? "consulting" : "calling";
}
