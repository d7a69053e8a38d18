// Tickets beside the form: the caller's open ones first, those that may be the same, earlier ones.
import { html, nothing, type TemplateResult } from "lit";
import type { Ticket } from "../../link/model";
import { ago, when } from "../../ui/format";
import { outside } from "../../ui/outside_text";
import "../../ui/pictures";
import type { ConsoleKeys } from "../call_keys";
import type { Console } from "../console";
import { common, w } from "../text";
import { panel } from "./parts";

const MAX_EARLIER = 8;
const CLOSED = "closed";

/** Shown before the form: a caller with an open ticket calls about that, most of the time. */
export function openTickets(console: Console, keys: ConsoleKeys): TemplateResult | typeof nothing {
  const tickets = console.callerTickets;
  if (!console.call) return nothing;
  if (!tickets.length) return html`<p class="muted none">${w("noOpenTickets")}</p>`;
  return panel("open-tickets", w("openTickets"), tickets.length, html`<ul class="cards">
    ${tickets.map((one, at) => card(console, one, at === 0 ? keys.addToTicket.key : "", w("addToTicket")))}
  </ul>`, "first");
}

export function duplicates(console: Console, keys: ConsoleKeys): TemplateResult {
  const own = new Set(console.callerTickets.map((one) => one.service_request_id));
  const found = console.form.lookups.duplicates.filter((one) => !own.has(one.service_request_id));
  const rows = found.map((one, at) => card(console, one, at === 0 ? keys.joinDuplicate.key : "", w("joinDuplicate")));
  const body = found.length ? html`<ul class="cards">${rows}</ul>` : html`<p class="muted small">${w("noDuplicates")}</p>`;
  return panel("duplicates", w("duplicates"), found.length || null, body, found.length ? "warm" : "");
}

export function earlierTickets(console: Console): TemplateResult | typeof nothing {
  if (!console.call && !console.form.call) return nothing;
  const open = new Set(console.callerTickets.map((one) => one.service_request_id));
  const found = console.form.lookups.earlier.filter((one) => !open.has(one.service_request_id)).slice(0, MAX_EARLIER);
  const body = found.length
    ? html`<ul class="rows">
        ${found.map(
          (one) => html`<li>
            <span class="numeric">${one.service_request_id}</span> <b>${console.needName(one.service_code)}</b>
            <span class="muted small">${common("stage", one.stage)} · ${when(one.requested_datetime)}</span>
          </li>`,
        )}
      </ul>`
    : html`<p class="muted small">${w("noEarlierTickets")}</p>`;
  return panel("earlier", w("earlierTickets"), found.length || null, body);
}

function card(console: Console, ticket: Ticket, key: string, label: string): TemplateResult {
  const number = ticket.service_request_id;
  const add = () => void console.addToTicket(number);
  const canAdd = Boolean(console.call ?? console.form.call) && !console.call?.ringing && ticket.status !== CLOSED;
  return html`<li class="card p${ticket.priority}" data-ticket=${number}>
    <div class="grow">
      <p><b>${console.needName(ticket.service_code)}</b> <span class="numeric">${number}</span>
        ${ticket.priority === 1 ? html`<span class="chip red">${common("priority", "1")}</span>` : nothing}</p>
      <p class="muted small">${common("stage", ticket.stage)} · ${console.roomName(ticket.room)} · ${ago(ticket.requested_datetime)}</p>
      <p class="small">${outside([ticket.name, ticket.landmark, ticket.quantity].filter(Boolean).join(" · "))}</p>
      ${ticket.pictures ? html`<wr-pictures .ticket=${number} .count=${ticket.pictures}></wr-pictures>` : nothing}
    </div>
    ${canAdd
      ? html`<button type="button" class="keyed" @click=${add} aria-label="${label}: ${number}">
          <span>${label}</span>${key ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing}
        </button>`
      : nothing}
  </li>`;
}
