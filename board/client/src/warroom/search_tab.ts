// Search over all tickets, of whatever room and stage.
import { html, type TemplateResult } from "lit";
import type { Stage, Ticket } from "../link/model";
import { plain } from "../ticket/order";
import { ApiError, failure, getJson } from "../ui/api";
import { LightElement } from "../ui/element";
import { DraftForm } from "../ui/form";
import { addKeys } from "../ui/keys";
import { names, needName, textOf } from "../ui/names";
import { named, t } from "../ui/text";
import type { WarroomDesk } from "./desk";
import { allRooms, roomOf } from "../ui/rooms";
import { wt } from "./text";
import "./tickets_tab";

const LIMIT = 100;
const STAGES: readonly Stage[] = ["triage", "routed", "acknowledged", "in_progress", "resolved", "reopened", "confirmed", "unconfirmed", "rejected", "withdrawn", "merged"];

/** `<wr-search .desk=…>`. */
export class TicketSearch extends LightElement {
  static override properties = {
    desk: { attribute: false },
    tick: { attribute: false },
    form: { state: true },
    found: { state: true },
    problem: { state: true },
  };
  declare desk: WarroomDesk;
  /** Changes when there is something new to draw. */
  declare tick: number;
  declare form: DraftForm | undefined;
  declare found: readonly Ticket[] | undefined;
  declare problem: string;

  constructor() {
    super();
    this.problem = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(
      this.desk.page.outbox.answered.add(({ pending: { frame }, reply }) => {
        if (reply.accepted && frame.type === "command") void this.refresh(String(frame.command.ticket));
      }),
    );
    this.follow(addKeys({ key: "/", name: () => wt("keySearch"), run: () => this.querySelector<HTMLElement>("input")?.focus() }));
    this.form = new DraftForm(this.desk.page.drafts, "search", { open: "yes" }, () => this.requestUpdate());
    void this.updateComplete.then(() => this.querySelector<HTMLElement>("input")?.focus());
  }

  override render(): TemplateResult {
    // what the board has now goes before what the search found
    const tickets = (this.found ?? []).map((one) => this.desk.find(one.service_request_id) ?? one);
    const none = this.problem || (this.found ? wt("searchNone") : wt("searchHint"));
    const help = tickets.length >= LIMIT ? wt("searchMany", { n: LIMIT }) : "";
    return html`<wr-tickets .desk=${this.desk} .tickets=${tickets} .help=${help} .none=${none} .top=${this.fields()}></wr-tickets>`;
  }

  private fields(): TemplateResult {
    const { form } = this;
    if (!form) return html``;
    const needs = names()?.needs.map((one) => [one.id, needName(one.id)] as const) ?? [];
    const toggle = (event: Event) => form.set("open", (event.target as HTMLInputElement).checked ? "yes" : "");
    return html`<form class="search-form" aria-label=${wt("searchTitle")} @submit=${(event: Event) => void this.search(event)}>
      ${form.field("number", wt("searchNumber"), { max: 14 })} ${form.field("phone", wt("searchPhone"), { max: 24, kind: "tel" })}
      ${form.field("text", wt("searchText"), { max: 80 })} ${form.field("room", wt("searchRoom"), { list: "all-rooms", hint: wt("anyRoom") })}
      <datalist id="all-rooms">${allRooms().map((one) => html`<option value=${named(one)}></option>`)}</datalist>
      ${form.choice("need", wt("searchNeed"), [["", wt("anyNeed")], ...needs])}
      ${form.choice("stage", wt("searchStage"), [["", wt("anyStage")], ...STAGES.map((one) => [one, textOf("stage", one)] as const)])}
      <label class="check"><input type="checkbox" .checked=${form.value("open") === "yes"} @change=${toggle} /> ${wt("openOnly")}</label>
      <button type="submit" class="primary">${wt("searchGo")}</button>
    </form>`;
  }

  /** A ticket that was found and then changed from here is shown as it is now. */
  private async refresh(number: string): Promise<void> {
    if (!this.found?.some((one) => one.service_request_id === number)) return;
    const detail = await getJson<{ ticket: Ticket }>(`/api/tickets/${number}`).catch(() => undefined);
    if (detail) this.found = this.found.map((one) => (one.service_request_id === number ? detail.ticket : one));
  }

  private async search(event: Event): Promise<void> {
    event.preventDefault();
    const { form } = this;
    if (!form) return;
    const number = plain(form.value("number")).replaceAll(" ", "");
    const room = form.value("room").trim();
    const errors: Record<string, string> = {};
    if (number && !/^\d{9}$/.test(number)) errors.number = wt("wrongNumber");
    if (room && !roomOf(room)) errors.room = wt("needsRoom");
    if (Object.keys(errors).length) return form.fail(errors, this);
    const query = new URLSearchParams({ limit: String(LIMIT) });
    const asked = { phone: form.value("phone").trim(), text: form.value("text").trim(), room: room ? (roomOf(room) ?? "") : "", need: form.value("need"), stage: form.value("stage") };
    for (const [name, value] of Object.entries(asked)) if (value) query.set(name, value);
    query.set("open", form.value("open") === "yes" && !asked.stage ? "true" : "false");
    this.problem = t("loading");
    try {
      this.found = number
        ? [(await getJson<{ ticket: Ticket }>(`/api/tickets/${number}`)).ticket]
        : (await getJson<{ tickets: Ticket[] }>(`/api/tickets?${query.toString()}`)).tickets;
      this.problem = "";
    } catch (error) {
      this.found = [];
      this.problem = failure(error);
      if (error instanceof ApiError && error.status === 422) form.fail({ phone: wt("wrongPhone") }, this);
    }
    await this.updateComplete;
    this.querySelector<HTMLElement>(".found .card")?.focus();
  }
}
customElements.define("wr-search", TicketSearch);
