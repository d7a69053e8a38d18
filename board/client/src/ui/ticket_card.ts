// A ticket as a card of a column, and a cluster of tickets as one card.
import { html, nothing, type TemplateResult } from "lit";
import type { Ticket } from "../link/model";
import { type Action, actionKey, FOR_CLUSTERS, KEYS, nextStep } from "../ticket/actions";
import { type Desk, placeOf, stageName, wordsOf } from "../ticket/desk";
import { deadlineOf, isAlarming, urgencyOf } from "../ticket/order";
import { tt } from "../ticket/text";
import { timeLeft, when } from "./format";
import { kbd } from "./keys";
import { needName, roomName, textOf } from "./names";
import { outside } from "./outside_text";
import { t } from "./text";

export interface CardUse {
  desk: Desk;
  /** The card that the keys act on. */
  current: boolean;
  open: (key: string) => void;
  act: (action: Action, ticket: Ticket) => void;
}

const URGENCY = { late: "red", soon: "amber", calm: "", none: "" } as const;

/** Time left in words and colour. */
export function timeChip(ticket: Ticket): TemplateResult | typeof nothing {
  const deadline = deadlineOf(ticket);
  if (!deadline) return nothing;
  const urgency = urgencyOf(ticket);
  const sign = urgency === "late" ? "▲ " : urgency === "soon" ? "◔ " : "";
  return html`<span class="chip numeric ${URGENCY[urgency]}"><span aria-hidden="true">${sign}</span>${timeLeft(deadline.at)}</span>`;
}

/** Danger to life, or high. */
export function priorityChip(ticket: Ticket): TemplateResult | typeof nothing {
  if (ticket.priority > 2) return nothing;
  return html`<span class="chip ${ticket.priority === 1 ? "alarm" : "amber"}">${textOf("priority", ticket.priority)}</span>`;
}

function marks(ticket: Ticket): TemplateResult {
  return html`
    ${ticket.stage === "reopened" ? html`<span class="chip red">${tt("reopenedMark")}</span>` : nothing}
    ${ticket.proposed_rejection ? html`<span class="chip blue">${tt("proposedMark")}</span>` : nothing}
    ${ticket.pictures ? html`<span class="chip">${t("pictures", { n: ticket.pictures })}</span>` : nothing}
    ${ticket.level > 1 ? html`<span class="chip red">${tt("escalated", { level: textOf("level", ticket.level) })}</span>` : nothing}
  `;
}

function stepButton(use: CardUse, action: Action, ticket: Ticket, label: string): TemplateResult {
  const press = (event: Event) => {
    event.stopPropagation();
    use.act(action, ticket);
  };
  return html`<button type="button" class="step" tabindex="-1" @click=${press}>${label} ${kbd(KEYS[action])}</button>`;
}

function pendingMark(desk: Desk, ticket: Ticket): TemplateResult | null {
  const last = desk.pending(ticket).at(-1);
  if (!last || last.frame.type !== "command") return null;
  const seconds = desk.page.outbox.secondsLeft(last);
  const action = tt(actionKey(String(last.frame.command.action)));
  return html`<span class="chip blue numeric">${tt("pending", { action })}${seconds ? ` ${seconds}` : ""}</span>`;
}

/** What the caller said; a message that is not written down yet is to be heard. */
function summary(ticket: Ticket): TemplateResult | typeof nothing {
  const words = wordsOf(ticket);
  if (words) return html`<p class="words">${outside(words, 150)}</p>`;
  return ticket.recordings.length ? html`<p class="words muted">${tt("noText")}</p>` : nothing;
}

/** A ticket's card. */
export function ticketCard(ticket: Ticket, use: CardUse): TemplateResult {
  const number = ticket.service_request_id;
  const step = use.desk.next(ticket);
  const pending = pendingMark(use.desk, ticket);
  const amount = [ticket.people === null ? "" : tt("people", { n: ticket.people }), ticket.quantity].filter(Boolean);
  return html`<article
    class="card p${ticket.priority} ${urgencyOf(ticket)} ${isAlarming(ticket) && !pending ? "alarming" : ""} ${pending ? "pending" : ""}"
    tabindex=${use.current ? 0 : -1} data-key=${number} aria-label="${needName(ticket.service_code)} ${number}"
    aria-current=${use.current ? "true" : nothing} @click=${() => use.open(number)}
  >
    <header>
      <span class="title"><strong>${needName(ticket.service_code)}</strong> ${ticket.service_code === "danger" ? nothing : priorityChip(ticket)}</span>
      ${timeChip(ticket)}
    </header>
    <p class="place">${outside(placeOf(ticket), 110)}</p>
    ${summary(ticket)}
    <footer>
      ${pending ?? (step && use.desk.possible(ticket).includes(step) ? stepButton(use, step, ticket, tt(actionKey(step))) : nothing)}
      ${marks(ticket)}
      ${amount.length ? html`<span class="chip">${outside(amount.join(" · "), 40)}</span>` : nothing}
      <span class="muted small numeric">${number} · ${when(ticket.requested_datetime)}${step ? "" : ` · ${stageName(ticket)}`}</span>
    </footer>
  </article>`;
}

/** Many citizens with one need in one PIN code: one card, and one action for all of them. */
export function clusterCard(
  cluster: string,
  tickets: readonly Ticket[],
  use: CardUse & { expanded: boolean; toggle: () => void },
): TemplateResult {
  const [first] = tickets;
  if (!first) return html``;
  const n = tickets.length;
  const pending = pendingMark(use.desk, first);
  const step = nextStep(first);
  const toggle = (event: Event) => {
    event.stopPropagation();
    use.toggle();
  };
  const late = tickets.some((one) => urgencyOf(one) === "late");
  return html`<article
    class="card cluster p${first.priority} ${late ? "late" : urgencyOf(first)} ${pending ? "pending" : ""}" tabindex=${use.current ? 0 : -1}
    data-key="cluster ${cluster}" aria-label="${needName(first.service_code)}, ${tt("together", { n, zipcode: first.zipcode })}"
    aria-current=${use.current ? "true" : nothing} @click=${toggle}
  >
    <header><strong class="title"><span class="count">${n} ×</span> ${needName(first.service_code)}</strong>${timeChip(first)}</header>
    <p class="place">${tt("together", { n, zipcode: first.zipcode })}</p>
    <footer>
      ${pending ??
      (step && FOR_CLUSTERS.includes(step) && use.desk.possible(first).includes(step)
        ? stepButton(use, step, first, tt("forAll", { action: tt(actionKey(step)), n }))
        : nothing)}
      <button type="button" class="quiet" tabindex="-1" aria-expanded=${use.expanded ? "true" : "false"} @click=${toggle}>${tt(use.expanded ? "closeCluster" : "openCluster")}</button>
    </footer>
  </article>`;
}

/** A ticket that another room acts on. */
export function copyCard(ticket: Ticket, open: () => void): TemplateResult {
  return html`<article class="card p${ticket.priority}" tabindex="0" data-key=${ticket.service_request_id} @click=${open}>
    <header><strong class="title">${needName(ticket.service_code)}</strong><span class="chip">${stageName(ticket)}</span></header>
    <p class="place">${outside(placeOf(ticket), 110)}</p>
    <p class="words">${outside(wordsOf(ticket), 150)}</p>
    <footer>
      <span class="chip blue">${tt("copyOf", { room: roomName(ticket.room) })}</span>
      <span class="muted small numeric">${ticket.service_request_id} · ${when(ticket.requested_datetime)}</span>
    </footer>
  </article>`;
}
