// A list of tickets and the one that is open: what is to be sorted, what rooms would reject, what a search found.
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Ticket } from "../link/model";
import { type Action, actionKey, AT_ONCE, KEYS } from "../ticket/actions";
import type { TicketView } from "../ticket/detail";
import "../ticket/detail";
import { askFor } from "../ticket/dialogs";
import { tt } from "../ticket/text";
import { LightElement } from "../ui/element";
import { addKeys, type Key } from "../ui/keys";
import { roomName, textOf } from "../ui/names";
import { outside } from "../ui/outside_text";
import { moveFocus } from "../ui/roving";
import { type CardUse, ticketCard } from "../ui/ticket_card";
import type { WarroomDesk } from "./desk";
import { wt } from "./text";

/** `<wr-tickets .desk=… .tickets=… .help=… .none=…>`; `.top`: what stands above the list. */
export class TicketList extends LightElement {
  static override properties = {
    desk: { attribute: false },
    tickets: { attribute: false },
    help: { attribute: false },
    none: { attribute: false },
    top: { attribute: false },
    group: { attribute: false },
    open: { state: true },
    current: { state: true },
  };
  declare desk: WarroomDesk;
  declare tickets: readonly Ticket[];
  declare help: string;
  declare none: string;
  declare top: TemplateResult | typeof nothing;
  /** The heading that a ticket stands under; empty: none. */
  declare group: (ticket: Ticket) => string;
  /** The number of the ticket shown in full; empty: none. */
  declare open: string;
  declare current: string;
  private refocus = false;
  private at = 0;

  constructor() {
    super();
    this.tickets = [];
    this.help = "";
    this.none = "";
    this.top = nothing;
    this.group = () => "";
    this.open = "";
    this.current = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const redraw = () => this.requestUpdate();
    this.follow(this.desk.page.outbox.changed.add(redraw), this.keys(), () => this.desk.follow(""));
  }

  override willUpdate(changed: PropertyValues): void {
    this.refocus = !!document.activeElement?.closest("wr-tickets .card");
    if (changed.has("open") || changed.has("tickets")) this.desk.follow(this.ticket(this.open)?.room ?? "");
  }

  /** A ticket that was sent on leaves the list: the focus goes to its neighbour. */
  override updated(): void {
    const cards = this.cards;
    const at = cards.findIndex((card) => card.dataset.key === this.current);
    if (at >= 0) this.at = at;
    if (!this.refocus || document.activeElement?.closest("wr-tickets .card")) return;
    const next = cards[Math.min(this.at, cards.length - 1)];
    next?.focus();
    if (next) this.current = next.dataset.key ?? "";
  }

  override render(): TemplateResult {
    const first = this.tickets.some((one) => one.service_request_id === this.current) ? this.current : this.tickets[0]?.service_request_id;
    return html`
      <div class="board ${this.open ? "with-detail" : ""}">
        <section class="column found">
          ${this.top} ${this.tickets.length ? nothing : html`<p class="empty">${this.none}</p>`}
          ${this.tickets.length && this.help ? html`<p class="muted">${this.help}</p>` : nothing}
          <div class="cards" @focusin=${(event: Event) => this.focused(event)}>
            ${repeat(
              this.tickets,
              (one) => one.service_request_id,
              (one, at) => html`${this.heading(one, this.tickets[at - 1])}${this.mark(one)}${ticketCard(one, this.use(one.service_request_id === first))}`,
            )}
          </div>
        </section>
        ${this.open
          ? html`<wr-ticket .desk=${this.desk} .number=${this.open} .close=${() => this.close()} .show=${(one: string) => this.show(one)}></wr-ticket>`
          : nothing}
      </div>
    `;
  }

  private heading(ticket: Ticket, before: Ticket | undefined): TemplateResult | typeof nothing {
    const group = this.group(ticket);
    return group && group !== (before && this.group(before)) ? html`<h2 class="group">${group}</h2>` : nothing;
  }

  /** Above the card of another room's ticket: whose it is, and why it should be rejected. */
  private mark(ticket: Ticket): TemplateResult | typeof nothing {
    const room = roomName(ticket.room);
    if (ticket.proposed_rejection) {
      const reason = textOf("reason", ticket.rejection ?? "other");
      return html`<p class="above"><strong>${wt("proposedBy", { room, reason })}</strong> <bdi>${outside(ticket.proposed_rejection, 160)}</bdi></p>`;
    }
    return ticket.room === this.desk.room ? nothing : html`<p class="above"><strong>${room}</strong></p>`;
  }

  private use(current: boolean): CardUse {
    return {
      desk: this.desk,
      current,
      open: (number) => this.show(number),
      act: (action, ticket) => this.act(action, ticket),
    };
  }

  private focused(event: Event): void {
    this.current = (event.target as HTMLElement).closest<HTMLElement>(".card")?.dataset.key ?? this.current;
  }

  private get cards(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".found .card")];
  }

  private ticket(number: string): Ticket | undefined {
    return this.desk.find(number) ?? this.tickets.find((one) => one.service_request_id === number);
  }

  show(number: string): void {
    this.open = number;
    this.current = number;
  }

  close(): void {
    const number = this.open;
    this.open = "";
    void this.updateComplete.then(() => (this.cards.find((card) => card.dataset.key === number) ?? this.cards[0])?.focus());
  }

  private act(action: Action, ticket: Ticket): void {
    const detail = this.querySelector<TicketView>("wr-ticket");
    if (this.open === ticket.service_request_id) detail?.act(action);
    else if (action === "correct") this.show(ticket.service_request_id);
    else if (AT_ONCE.includes(action)) void this.desk.give(action, ticket);
    else void askFor(action, this.desk, ticket);
  }

  private keys(): () => void {
    const target = () => this.ticket(this.open || this.current);
    const actions = (Object.entries(KEYS) as [Action, string][]).map(
      ([action, key]): Key => ({
        key,
        name: () => tt(actionKey(action)),
        when: () => {
          const ticket = target();
          return !!ticket && this.desk.possible(ticket).includes(action);
        },
        run: () => {
          const ticket = target();
          if (ticket) this.act(action, ticket);
        },
      }),
    );
    const move = (step: number) => {
      const card = moveFocus(this.cards, step);
      if (!card) return;
      this.current = card.dataset.key ?? "";
      if (this.open) this.open = this.current;
    };
    return addKeys(
      { key: "↓", name: () => wt("keyMove"), run: () => move(1) },
      { key: "↑", name: () => wt("keyMove"), run: () => move(-1) },
      { key: "Enter", name: () => wt("keyOpen"), when: () => !!document.activeElement?.closest(".card"), run: () => (document.activeElement as HTMLElement).click() },
      { key: "Esc", name: () => wt("keyClose"), when: () => this.open !== "", run: () => this.close() },
      { key: "L", name: () => tt("play"), when: () => this.open !== "", run: () => this.querySelector<TicketView>("wr-ticket")?.listen() },
      ...actions,
    );
  }
}
customElements.define("wr-tickets", TicketList);
