// Which alerts are about rooms' work, and which about the exchange and its machines.
import type { AlertFigures } from "./model";

export const LATE_KINDS: readonly string[] = ["unacknowledged", "overdue", "task"];
const OF_ROOMS: readonly string[] = [...LATE_KINDS, "room-offline", "shortage"];

export function isOfExchange(alert: AlertFigures): boolean {
  return !OF_ROOMS.includes(alert.kind);
}

/** How far late work has been raised: 1 the room, 2 its division, 3 the war room, 4 the secretary. */
export function levelOf(alert: AlertFigures): number {
  return Number(alert.level) || 1;
}

/** Late work of a room that has been raised; alerts of divisions, war room and secretary repeat those of rooms. */
export function isEscalated(alert: AlertFigures, rooms: ReadonlySet<string>): boolean {
  return LATE_KINDS.includes(alert.kind) && levelOf(alert) > 1 && rooms.has(alert.room);
}
