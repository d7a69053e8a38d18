// The fields of a ticket put right in place: a form that sends only what was changed.
import { html, type TemplateResult } from "lit";
import type { Value } from "../link/frames";
import type { Ticket } from "../link/model";
import { serverNow } from "../link/clock";
import { fromLocalInput, localInput } from "../ui/format";
import type { DraftForm } from "../ui/form";
import { names } from "../ui/names";
import { named, t } from "../ui/text";
import { tt } from "./text";

const MAX_TEXT = 2_000; // router.bounds.Text
const PROMISES_H = [2, 6, 24, 48];
const HOUR_MS = 3_600_000;

/** The fields as the form shows them. */
export function fieldsOf(ticket: Ticket): Record<string, string> {
  return {
    service_code: ticket.service_code,
    phone: ticket.phone ?? "",
    callback_wanted: ticket.callback_wanted ? "yes" : "no",
    name: ticket.name,
    address: ticket.address,
    landmark: ticket.landmark,
    zipcode: ticket.zipcode,
    people: ticket.people === null ? "" : String(ticket.people),
    quantity: ticket.quantity,
    description: ticket.description || ticket.transcript,
    expected_datetime: ticket.expected_datetime ? localInput(ticket.expected_datetime) : "",
  };
}

/** What was changed, as `changes` of the command `correct`. */
export function changesOf(ticket: Ticket, fields: Record<string, string>): Value {
  const before = fieldsOf(ticket);
  const changes: Value = {};
  for (const [name, was] of Object.entries(before)) {
    const now = (fields[name] ?? was).trim();
    if (now === was.trim()) continue;
    switch (name) {
      case "phone":
        changes.phone = now || null;
        break;
      case "people":
        changes.people = now ? Number.parseInt(toLatin(now), 10) : null;
        break;
      case "callback_wanted":
        changes.callback_wanted = now === "yes";
        break;
      case "expected_datetime":
        changes.expected_datetime = now ? fromLocalInput(now) : null;
        break;
      default:
        changes[name] = now;
    }
  }
  return changes;
}

/** The fields that cannot be right. */
export function errorsOf(fields: Record<string, string>): Record<string, string> {
  const people = toLatin(fields.people?.trim() ?? "");
  return people && !/^\d{1,6}$/.test(people) ? { people: tt("required") } : {};
}

function toLatin(text: string): string {
  return text.replace(/[\u0966-\u096F]/g, (digit) => String(digit.charCodeAt(0) - 0x0966));
}

export function correctFields(form: DraftForm): TemplateResult {
  const needs = names()?.needs.map((one) => [one.id, named(one)] as const) ?? [];
  const promise = (hours: number) => form.set("expected_datetime", localInput(serverNow() + hours * HOUR_MS));
  return html`<div class="fields">
    ${form.choice("service_code", tt("fieldNeed"), needs)}
    ${form.field("phone", tt("fieldPhone"), { kind: "tel", max: 40, focus: true })}
    ${form.field("name", tt("fieldName"))} ${form.field("landmark", tt("fieldLandmark"))}
    ${form.field("address", tt("fieldAddress"))} ${form.field("zipcode", tt("fieldZipcode"), { max: 12 })}
    ${form.field("people", tt("fieldPeople"), { max: 6 })} ${form.field("quantity", tt("fieldQuantity"))}
    ${form.choice("callback_wanted", tt("fieldCallback"), [["yes", t("yes")], ["no", t("no")]])}
    <div>
      ${form.field("expected_datetime", tt("fieldExpected"), { kind: "datetime-local" })}
      <div class="quick">
        ${PROMISES_H.map((n) => html`<button type="button" @click=${() => promise(n)}>${tt("expectedQuick", { n })}</button>`)}
      </div>
    </div>
    <div class="whole">${form.field("description", tt("fieldDescription"), { kind: "textarea", max: MAX_TEXT })}</div>
  </div>`;
}
