// Names of needs, rooms, desks and items in the page's language; ids until the catalogue has come.
import type { Catalogue } from "../link/model";
import { catalogue } from "./api";
import { languageChanged, named, t } from "./text";
import type { TextKey } from "./text/en";

const RETRY_MS = 10_000;

let known: Catalogue | undefined;

/** The catalogue, once `loadNames` has it. */
export function names(): Catalogue | undefined {
  return known;
}

/** Asks for the catalogue until it is there; pages draw themselves anew then. */
export async function loadNames(): Promise<void> {
  try {
    known = await catalogue();
    languageChanged.tell(document.documentElement.lang === "en" ? "en" : "hi");
  } catch {
    setTimeout(() => void loadNames(), RETRY_MS);
  }
}

export function needName(code: string): string {
  return named(known?.needs.find((one) => one.id === code), code);
}

export function roomName(id: string): string {
  return named(known?.rooms.find((one) => one.id === id), id);
}

export function districtName(id: string): string {
  return named(known?.districts.find((one) => one.id === id), id);
}

export function stateName(id: string): string {
  return named(known?.states.find((one) => one.id === id), id);
}

export function itemName(id: string): string {
  return named(known?.items.find((one) => one.id === id), id);
}

const DESKS = ["food", "health", "fuel", "supplies", "travel", "information"];

export function deskName(id: string): string {
  return DESKS.includes(id) ? t(`desk_${id}` as TextKey) : id;
}

/** A text whose key ends in one of the service's ids; the id itself when there is none. */
export function textOf(prefix: "stage" | "priority" | "level" | "channel" | "reason", id: string | number): string {
  const key = `${prefix}_${String(id).replaceAll("-", "_")}` as TextKey;
  try {
    return t(key);
  } catch {
    return String(id);
  }
}
