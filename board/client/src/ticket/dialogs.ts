// What an action asks for before it is done: a note, a room, a reason, another ticket.
import { html, nothing, type TemplateResult } from "lit";
import type { Ticket } from "../link/model";
import type { Value } from "../link/frames";
import { type DialogHandle, openDialog } from "../ui/dialog";
import { DraftForm } from "../ui/form";
import { deskName, names, needName, textOf } from "../ui/names";
import { roomOf } from "../ui/rooms";
import { named } from "../ui/text";
import { type Action, actionKey } from "./actions";
import { type Desk, placeOf } from "./desk";
import { byGravity, plain } from "./order";
import { tt } from "./text";

const MAX_NOTE = 2_000; // router.bounds.Text
export const MAX_TOLD = 200; // router.bounds.Line
const REASONS = ["not-ours", "not-found", "already-helped", "not-needed", "other"] as const;
const DESKS = ["food", "health", "fuel", "supplies", "travel", "information"] as const;
const MAX_OFFERED = 30;

interface Question {
  title: () => string;
  fields: Record<string, string>;
  body: (form: DraftForm) => TemplateResult;
  /** What goes with the command, or which fields are wrong. */
  read: (form: DraftForm) => { more: Value } | { errors: Record<string, string> };
  kind?: string;
}

function ask(desk: Desk, action: Action, ticket: Ticket, question: Question): Promise<void> {
  let dialog: DialogHandle | undefined;
  const key = `${action}/${ticket.service_request_id}`;
  const form = new DraftForm(desk.page.drafts, key, question.fields, () => dialog?.update());
  const submit = (event?: Event) => {
    event?.preventDefault();
    const said = question.read(form);
    if ("errors" in said) {
      form.fail(said.errors, dialog?.element ?? document);
      return;
    }
    void desk.give(action, ticket, said.more, form.kept);
    dialog?.close();
  };
  return openDialog(
    {
      title: question.title,
      kind: question.kind ?? "",
      body: () => html`<form id="ask" @submit=${submit}>${question.body(form)}</form>`,
      buttons: () => html`<button type="submit" form="ask" class="primary">${tt(actionKey(action))}</button>`,
    },
    (handle) => (dialog = handle),
  );
}

function requireNote(form: DraftForm): Record<string, string> {
  return form.value("note").trim() ? {} : { note: tt("required") };
}

export function askNote(desk: Desk, ticket: Ticket, wholeCluster = false): Promise<void> {
  return ask(desk, "note", ticket, {
    title: () => tt("noteTitle", { number: ticket.service_request_id }),
    fields: {},
    body: (form) => html`${form.field("note", tt("noteText"), { kind: "textarea", max: MAX_NOTE, focus: true })}
      ${form.field("for_citizen", tt("toldAlong"), { max: MAX_TOLD })}`,
    read: (form) => {
      const note = form.value("note").trim();
      const told = form.value("for_citizen").trim();
      if (!note && !told) return { errors: { note: tt("required") } };
      const words = { ...(note ? { note } : {}), ...(told ? { for_citizen: told } : {}) };
      return { more: { ...words, ...(wholeCluster ? { whole_cluster: true } : {}) } };
    },
  });
}

export function askRejection(desk: Desk, ticket: Ticket): Promise<void> {
  return ask(desk, "propose-reject", ticket, {
    title: () => tt("rejectTitle", { number: ticket.service_request_id }),
    fields: { reason: "not-ours" },
    body: (form) => html`<p class="muted">${tt("rejectHelp")}</p>
      ${form.choice("reason", tt("rejectKind"), REASONS.map((one) => [one, textOf("reason", one)] as const))}
      ${form.field("note", tt("rejectWhy"), { kind: "textarea", max: MAX_NOTE, focus: true })}`,
    read: (form) => {
      const errors = requireNote(form);
      if (Object.keys(errors).length) return { errors };
      return { more: { reason: form.value("reason"), note: form.value("note").trim() } };
    },
  });
}

export function askRoute(desk: Desk, ticket: Ticket): Promise<void> {
  const rooms = () => names()?.rooms.filter((one) => one.level === 1) ?? [];
  return ask(desk, "reroute", ticket, {
    title: () => tt("rerouteTitle", { number: ticket.service_request_id }),
    fields: {},
    body: (form) => html`
      ${form.field("room", tt("rerouteRoom"), { focus: true, list: "rooms" })}
      <datalist id="rooms">${rooms().map((one) => html`<option value=${named(one)}></option>`)}</datalist>
      <button type="button" @click=${() => form.set("room", named(names()?.rooms.find((one) => one.id === "state"), "state"))}>
        ${tt("rerouteUnknown")}
      </button>
      ${form.choice("desk", tt("rerouteDesk"), [["", tt("rerouteDeskAuto")], ...DESKS.map((one) => [one, deskName(one)] as const)])}
      ${form.field("note", tt("rerouteWhy"), { kind: "textarea", max: MAX_NOTE })}`,
    read: (form) => {
      const typed = form.value("room").trim();
      const room = typed ? roomOf(typed) : ticket.room;
      const desk_ = form.value("desk");
      if (!room) return { errors: { room: tt("rerouteNoRoom") } };
      if (room === ticket.room && (!desk_ || desk_ === ticket.desk)) return { errors: { room: tt("rerouteSame") } };
      const note = form.value("note").trim();
      const more = { ...(typed ? { room } : {}), ...(desk_ ? { desk: desk_ } : {}), ...(note ? { note } : {}) };
      return { more };
    },
  });
}

/** Other tickets into which one may be merged: the same caller's first, then its cluster's. */
function candidates(desk: Desk, ticket: Ticket, text: string): Ticket[] {
  const near = (one: Ticket) => Number(!!ticket.phone && one.phone === ticket.phone) * 2 + Number(!!ticket.cluster && one.cluster === ticket.cluster);
  const wanted = plain(text).split(/\s+/);
  return [...desk.tickets.values()]
    .filter((one) => one.service_request_id !== ticket.service_request_id && one.status === "open" && one.room === ticket.room)
    .filter((one) => {
      const all = plain([one.service_request_id, one.name, one.phone, placeOf(one), needName(one.service_code)].join(" "));
      return wanted.every((word) => all.includes(word));
    })
    .sort((a, b) => near(b) - near(a) || byGravity(a, b))
    .slice(0, MAX_OFFERED);
}

export function askMerge(desk: Desk, ticket: Ticket): Promise<void> {
  return ask(desk, "merge", ticket, {
    kind: "wide",
    title: () => tt("mergeTitle", { number: ticket.service_request_id }),
    fields: {},
    body: (form) => {
      const found = candidates(desk, ticket, form.value("text"));
      return html`<p class="muted">${tt("mergeHelp")}</p>
        ${form.field("text", tt("search"), { focus: true })}
        ${form.errors.into ? html`<p class="error" role="alert">${form.errors.into}</p>` : nothing}
        ${found.length ? nothing : html`<p>${tt("mergeNone")}</p>`}
        <ul class="choices">
          ${found.map((one) => candidate(one, ticket, form))}
        </ul>`;
    },
    read: (form) => (form.value("into") ? { more: { into: form.value("into") } } : { errors: { into: tt("required") } }),
  });
}

function candidate(one: Ticket, ticket: Ticket, form: DraftForm): TemplateResult {
  const number = one.service_request_id;
  return html`<li>
    <label class="check">
      <input type="radio" name="into" .checked=${form.value("into") === number} @change=${() => form.set("into", number)} />
      <span>
        <strong>${needName(one.service_code)}</strong> <span class="numeric">${number}</span>
        ${ticket.phone && one.phone === ticket.phone ? html`<span class="chip blue">${tt("mergePhone")}</span>` : nothing}
        ${ticket.cluster && one.cluster === ticket.cluster ? html`<span class="chip">${tt("mergeAlike")}</span>` : nothing}
        <br /><span class="muted"><bdi>${one.name}</bdi> <bdi>${placeOf(one).slice(0, 120)}</bdi></span>
      </span>
    </label>
  </li>`;
}

/** A decision that may say why. */
function askWhy(desk: Desk, action: Action, ticket: Ticket): Promise<void> {
  return ask(desk, action, ticket, {
    title: () => tt("about", { action: tt(actionKey(action)), number: ticket.service_request_id }),
    fields: {},
    body: (form) => form.field("note", tt("noteText"), { kind: "textarea", max: MAX_NOTE, focus: true }),
    read: (form) => {
      const note = form.value("note").trim();
      return { more: note ? { note } : {} };
    },
  });
}

/** Asks what an action needs to know, and gives it. */
export async function askFor(action: Action, desk: Desk, ticket: Ticket): Promise<void> {
  switch (action) {
    case "note":
      return askNote(desk, ticket);
    case "propose-reject":
      return askRejection(desk, ticket);
    case "reroute":
      return askRoute(desk, ticket);
    case "merge":
      return askMerge(desk, ticket);
    case "withdraw":
    case "reopen":
      return askWhy(desk, action, ticket);
    default:
      await desk.give(action, ticket);
  }
}

