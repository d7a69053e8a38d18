// What the board sends of the ticket and its like: the `data` of the topics' events (docs/rooms.md, schema/<name>).

export type Stage =
  | "triage"
  | "routed"
  | "acknowledged"
  | "in_progress"
  | "resolved"
  | "confirmed"
  | "unconfirmed"
  | "reopened"
  | "rejected"
  | "withdrawn"
  | "merged";

export interface ServingPlace {
  name: string;
  name_hi: string;
  phone: string;
}

export interface Ticket {
  service_request_id: string;
  version: number;
  stage: Stage;
  level: number;
  priority: number;
  service_code: string;
  room: string;
  desk: string;
  copies: string[];
  district: string | null;
  agency_responsible: string;
  requested_datetime: string;
  updated_datetime: string;
  expected_datetime: string | null;
  limits: { acknowledge: number; resolve: number; escalate: number };
  phone: string | null;
  callback_wanted: boolean;
  name: string;
  address: string;
  landmark: string;
  lat: number | null;
  long: number | null;
  zipcode: string;
  state: string | null;
  people: number | null;
  stranded: Stranded | null;
  quantity: string;
  language: string;
  description: string;
  status_notes: string;
  /** The room's last word to the citizen, who hears it by telephone. */
  for_citizen: string;
  for_citizen_datetime: string | null;
  notes: string[];
  transcript: string;
  transcript_confidence: number | null;
  recordings: string[];
  media_url: string;
  /** How many photographs there are. */
  pictures: number;
  channel: string;
  helpline: string | null;
  calls: string[];
  merged_into: string | null;
  served_by: ServingPlace[];
  proposed_rejection: string;
  rejection: string | null;
  cluster: string;
  status: "open" | "closed";
}

/** Of people far from home. */
export interface Stranded {
  home_district: string | null;
  home_state: string | null;
  wants: ("food" | "shelter" | "travel" | "medical")[];
  place: string;
}

export interface Task {
  id: string;
  room: string;
  version: number;
  stage: "given" | "acknowledged" | "done" | "cancelled";
  level: number;
  text: string;
  due: string;
  given: string;
  updated: string;
  role: "" | "send" | "receive";
  transfer: { item: string; quantity: number; unit: string; source: string; target: string } | null;
  note: string;
}

export interface StockReport {
  quantity: number;
  unit: string;
  daily_use: number;
  as_of: string;
}

export interface Summary {
  room: string;
  open: number;
  by_stage: Record<string, number>;
  by_need: Record<string, number>;
  clusters: { cluster: string; service_code: string; zipcode: string; open: number }[];
  proposals: string[];
}

export interface Alert {
  what?: string;
  what_hi?: string;
  [field: string]: unknown;
}

export interface Named {
  id: string;
  name: string;
  name_hi: string;
}

/** `GET /api/catalogue`. */
export interface Catalogue {
  needs: (Named & { desk: string })[];
  /** `tile`: row and column in the grid of the state wall, 1 first. */
  districts: (Named & { room: string; tile: [number, number]; spellings?: string[]; pins?: string[] })[];
  rooms: (Named & { level: number })[];
  desks: { id: string }[];
  items: (Named & { unit: string })[];
  states: Named[];
}

export interface Recording {
  name: string;
  url: string;
  seconds: number | null;
  /** Word, begin and end in seconds, confidence 0 to 1. */
  words: [string, number, number, number][];
}

export interface Picture {
  id: number;
  url: string;
  width: number;
  height: number;
  bytes: number;
  caption: string;
  channel: string;
  received: string;
}

/** `GET /api/tickets/{number}`. */
export interface TicketDetail {
  ticket: Ticket;
  history: { at: string; by: string; what: string }[];
  recordings: Recording[];
  pictures: Picture[];
  earlier: Ticket[];
}

/** What the war room tells the public: the `data` of `notices/<id>`. */
export interface NoticeContent {
  event: string;
  event_hi: string;
  text: string;
  text_hi: string;
  spoken: string;
  spoken_hi: string;
  districts: string[];
  area: string;
  area_hi: string;
  category: string;
  urgency: string;
  severity: string;
  certainty: string;
  starts: string;
  ends: string;
  exercise: boolean;
}

export interface PublicNotice extends NoticeContent {
  id: string;
  version: number;
  published: string;
}
