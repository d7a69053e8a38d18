// Frames of the WebSocket `/live`, as board/live/frames.py has them.

export type Value = Record<string, unknown>;

export interface Hello {
  type: "hello";
  build: string;
  user: string;
  heartbeat_s: number;
  now: string;
}
export interface Snapshot {
  type: "snapshot";
  view: string;
  as_of: string;
  collections: Record<string, Record<string, Value>>;
}
export interface Change {
  type: "change";
  view: string;
  collection: string;
  key: string;
  value: Value | null;
}
export interface Reply {
  type: "reply";
  command_id: string;
  accepted: boolean;
  code: string;
  reason: string;
  reason_hi: string;
  data: Value;
}
export interface Beat {
  type: "beat";
  now: string;
  as_of: string;
  /** Whether the board has its link to the broker. */
  broker: boolean;
  /** Whether the service that takes commands is there. */
  serve: boolean;
  build: string;
}
export interface Refused {
  type: "refused";
  view: string;
  code: string;
}
export type FromBoard = Hello | Snapshot | Change | Reply | Beat | Refused;

export type ToBoard =
  | { type: "subscribe"; view: string }
  | { type: "unsubscribe"; view: string }
  | { type: "command"; to: string; command: Value }
  | { type: "stock"; room: string; item: string; report_id: string; report: Value };
