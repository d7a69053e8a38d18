// Rooms by what a person types: the name in either script, or the id.
import type { Catalogue } from "../link/model";
import { plain } from "../ticket/order";
import { names } from "./names";

type Room = Catalogue["rooms"][number];

const ROOM = 1; // level; divisions and the secretary get alerts alone

/** Rooms that get tickets and tasks, districts first, the war room's own last. */
export function allRooms(): readonly Room[] {
  return names()?.rooms.filter((room) => room.level === ROOM || room.id === "state") ?? [];
}

/** Every word that stands for a room. */
function wordsOf(room: Room): string[] {
  const district = names()?.districts.find((one) => one.room === room.id);
  return [room.id, room.name, room.name_hi, district?.name ?? "", district?.name_hi ?? ""].map(plain);
}

/** The rooms whose names have what was typed; all for nothing. */
export function roomsLike(typed: string): readonly Room[] {
  const wanted = plain(typed.trim());
  return allRooms().filter((room) => wordsOf(room).some((word) => word.includes(wanted)));
}

/** The one room that is meant: by its whole name, or by letters that only its name begins with. */
export function roomOf(typed: string): string | undefined {
  const wanted = plain(typed.trim());
  const exact = allRooms().find((room) => wordsOf(room).includes(wanted));
  if (exact) return exact.id;
  const begun = allRooms().filter((room) => wordsOf(room).some((word) => word && word.startsWith(wanted)));
  return begun.length === 1 ? begun[0]?.id : undefined;
}
