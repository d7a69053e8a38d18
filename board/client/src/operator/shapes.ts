// What the board sends of operators, calls and queues: the `data` of `operators/<id>/…`, `queues/…`, `callbacks/…`.

/** The call in hand, as Asterisk reports it. */
export interface CurrentCall {
  uniqueid: string;
  helpline: string;
  caller: string;
  queue: string;
  waited_s: number;
  /** Seconds since 1970. */
  since: number;
  ticket?: string;
  parties?: readonly Party[];
  recording?: "on" | "paused" | "";
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
  supervised_by?: { operator: string; mode: "listen" | "whisper" | "join" } | null;
  kind?: "browser" | "sip";
}

export interface OperatorRow {
  state: OperatorState | null;
  call: CurrentCall | null;
}

/** A silent or abandoned call. */
export interface Callback {
  phone: string;
  helpline?: string;
  kind: "silent" | "abandoned";
  /** ISO 8601. */
  at: string;
  /** Id of the operator who has taken it. */
  taken_by?: string;
}

export interface QueueNow {
  waiting: number;
  longest_s: number;
}

/** How the parties of a call stand to each other. */
export type CallMode = "talking" | "held" | "calling" | "consulting" | "conference";

const CITIZEN = "citizen";
const OPERATOR = "operator-";

/** Whom the operator speaks with, beside the caller and the operator. */
export function othersIn(call: CurrentCall, me: string): string[] {
  return (call.parties ?? []).map(({ who }) => who).filter((who) => who !== CITIZEN && who !== `${OPERATOR}${me}`);
}

/** How the call stands, from its parties alone: the page has no opinion of its own. */
export function modeOf(call: CurrentCall, me: string): CallMode {
  const { parties = [] } = call;
  const others = parties.filter(({ who }) => who !== CITIZEN && who !== `${OPERATOR}${me}`);
  const citizenSpeaks = parties.some(({ who, speaks }) => who === CITIZEN && speaks);
  if (!parties.length || (citizenSpeaks && !others.length)) return "talking";
  if (citizenSpeaks) return "conference";
  if (!others.length) return "held";
  return others.some(({ speaks }) => speaks) ? "consulting" : "calling";
}
