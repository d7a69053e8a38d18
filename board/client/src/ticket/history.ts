// A line of a ticket's history in the page's language, as far as its parts are known (router/history_line.py).
import { roomName, textOf } from "../ui/names";
import { actionKey } from "./actions";
import { tt } from "./text";
import type { TicketTextKey } from "./text/en";

const FIELDS: Record<string, TicketTextKey> = {
  service_code: "fieldNeed",
  phone: "fieldPhone",
  callback_wanted: "fieldCallback",
  name: "fieldName",
  address: "fieldAddress",
  landmark: "fieldLandmark",
  zipcode: "fieldZipcode",
  people: "fieldPeople",
  quantity: "fieldQuantity",
  description: "fieldDescription",
  expected_datetime: "fieldExpected",
};

const LINES: readonly (readonly [RegExp, (found: string[]) => string])[] = [
  [/^(\w+) → (\w+)$/, ([, from = "", to = ""]) => `${textOf("stage", from)} → ${textOf("stage", to)}`],
  [/^level (\d) → (\d)$/, ([, from = "", to = ""]) => tt("line_level", { from: textOf("level", from), to: textOf("level", to) })],
  [/^changed (.+)$/, ([, names = ""]) => `${tt("action_correct")}: ${names.split(", ").map(fieldName).join(", ")}`],
  [/^joined, (\d+) calls$/, ([, n = ""]) => tt("line_joined", { n })],
  [/^rule (\S+)$/, ([, name = ""]) => tt("line_rule", { name })],
  [/^into (\d{9})$/, ([, number = ""]) => tt("line_into", { number })],
  [/^merge of (\d{9})$/, ([, number = ""]) => tt("line_merge", { number })],
  [/^for the citizen: (.+)$/, ([, told = ""]) => `${tt("fieldTold")}: ${told}`],
  [/^recording: \w+$/, () => tt("line_recording")],
  [/^(\S+)\/(\S+) → (\S+)\/(\S+)$/, ([, from = "", , to = ""]) => `${roomName(from)} → ${roomName(to)}`],
];

function fieldName(name: string): string {
  const key = FIELDS[name];
  return key ? tt(key) : name;
}

/** The text of a key that may not be there. */
function known(key: string): string | null {
  try {
    return tt(key as TicketTextKey);
  } catch {
    return null;
  }
}

function part(text: string, first: boolean): string {
  for (const [pattern, say] of LINES) {
    const found = pattern.exec(text);
    if (found) return say(found);
  }
  return known(`line_${text.replaceAll(" ", "_")}`) ?? (first ? known(actionKey(text)) : null) ?? text;
}

function actor(by: string): string {
  const [room = "", ...person] = by.split(": ");
  const who = known(`by_${room}`) ?? textOfChannel(room) ?? roomName(room);
  return person.length ? `${who} · ${person.join(": ")}` : who;
}

function textOfChannel(id: string): string | null {
  const name = textOf("channel", id);
  return name === id ? null : name;
}

export function historyLine(line: { by: string; what: string }): { by: string; what: string } {
  const parts = line.what.split("; ");
  return { by: actor(line.by), what: parts.map((text, i) => part(text, i === 0)).join("; ") };
}
