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

function actor(by: string): string {
  const [room = "", ...person] = by.split(": ");
  const who = ["citizen", "clock", "warroom"].includes(room) ? tt(`by_${room}` as TicketTextKey) : roomName(room);
  return person.length ? `${who} · ${person.join(": ")}` : who;
}

function stages(part: string): string {
  const found = /^(\w+) → (\w+)$/.exec(part);
  return found ? `${textOf("stage", found[1] ?? "")} → ${textOf("stage", found[2] ?? "")}` : part;
}

function part(text: string, first: boolean): string {
  if (first) {
    try {
      return tt(actionKey(text));
    } catch {
      return text;
    }
  }
  if (text.startsWith("changed ")) {
    const names = text.slice(8).split(", ");
    return `${tt("action_correct")}: ${names.map((name) => (FIELDS[name] ? tt(FIELDS[name]) : name)).join(", ")}`;
  }
  return stages(text);
}

export function historyLine(line: { by: string; what: string }): { by: string; what: string } {
  const parts = line.what.split("; ");
  return { by: actor(line.by), what: parts.map((text, i) => part(text, i === 0)).join("; ") };
}
