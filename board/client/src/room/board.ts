// The district board: three columns of tickets, the ticket that is open, tasks, stock, copies.
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { serverNow } from "../link/clock";
import type { Alert, Summary, Task, Ticket } from "../link/model";
import type { Answered } from "../link/outbox";
import type { Page } from "../start";
import { type Action, AT_ONCE, FOR_CLUSTERS } from "../ticket/actions";
import { Desk } from "../ticket/desk";
import type { TicketView } from "../ticket/detail";
import "../ticket/detail";
import { askFor, askNote } from "../ticket/dialogs";
import { byGravity, COLUMNS, type Column, columnOf, type Entry, entriesOf, type Filter, keyOf, passes, urgencyOf } from "../ticket/order";
import { tt } from "../ticket/text";
import "../ui/command_list";
import { LightElement } from "../ui/element";
import { isoDay } from "../ui/format";
import { kbd } from "../ui/keys";
import { names, needName, roomName } from "../ui/names";
import { noticeStrip } from "../ui/notices";
import "../ui/outside_text";
import "../ui/status_bar";
import { language } from "../ui/text";
import { type CardUse, clusterCard, copyCard, ticketCard } from "../ui/ticket_card";
import { alertLine } from "./alerts";
import { Announcer } from "./announce";
import { filterLine, loadFilter, saveFilter } from "./filters";
import { boardKeys } from "./keys";
import "./stock";
import { openTasks, taskList } from "./tasks";
import { tr } from "./text";
import type { RoomTextKey } from "./text/en";

export type Tab = "tickets" | "tasks" | "stock" | "copies";
export const TABS: readonly Tab[] = ["tickets", "tasks", "stock", "copies"];
const REDRAW_MS = 15_000; // the time that is left is said in minutes

export class RoomBoard extends LightElement {
  static override properties = {
    page: { attribute: false },
    tab: { state: true },
    column: { state: true },
    open: { state: true },
    current: { state: true },
    filter: { state: true },
    expanded: { state: true },
  };
  declare page: Page;
  declare tab: Tab;
  /** The column that a phone shows. */
  declare column: Column;
  /** The number of the ticket that is shown in full; empty: none. */
  declare open: string;
  /** The key of the card that keys act on. */
  declare current: string;
  declare filter: Filter;
  declare expanded: ReadonlySet<string>;

  desk!: Desk;
  private announcer!: Announcer;
  private refocus = false;
  private tick = 0;
  private place: { column: Column; at: number } = { column: "waiting", at: 0 };

  constructor() {
    super();
    this.tab = "tickets";
    this.column = "waiting";
    this.open = "";
    this.current = "";
    this.expanded = new Set();
  }

  override connectedCallback(): void {
    const { link, outbox, view } = this.page;
    const room = view.replace("room/", "");
    this.desk = new Desk(this.page, room, ["tickets", "copies"]);
    this.announcer = new Announcer(this.desk);
    this.filter = loadFilter(room);
    super.connectedCallback();
    const redraw = () => this.requestUpdate();
    const timer = setInterval(() => {
      this.tick++;
      redraw();
    }, REDRAW_MS);
    this.follow(
      link.store.news.add(({ change }) => {
        if (change?.collection === "tickets") this.announcer.take(change);
        redraw();
      }),
      link.changed.add(redraw),
      outbox.changed.add(redraw),
      boardKeys(this),
      () => clearInterval(timer),
    );
  }

  override willUpdate(_: PropertyValues): void {
    this.refocus = !!document.activeElement?.closest(".columns .card");
    this.announcer.settle();
    document.title = this.windowTitle();
  }

  /** A card that has moved to another column is a new element: the focus goes with it, or to its neighbour. */
  override updated(): void {
    if (!this.refocus || document.activeElement?.closest(".columns .card")) return;
    const moved = this.card(this.current) ?? this.cards(this.place.column).at(this.place.at) ?? this.cards(this.place.column).at(-1);
    moved?.focus();
    if (moved) this.current = moved.dataset.key ?? "";
  }

  /** For the list of windows: how many wait, and whether somebody is in danger. */
  private windowTitle(): string {
    const waiting = [...this.desk.tickets.values()].filter((one) => columnOf(one) === "waiting");
    return `${waiting.some((one) => one.priority === 1) ? "▲ " : ""}(${waiting.length}) ${roomName(this.room)}`;
  }

  get room(): string {
    return this.desk.room;
  }

  /** The district of this room; empty: it has none, or its name is still on the way. */
  private get district(): string {
    return names()?.districts.find((one) => one.room === this.room)?.id ?? "";
  }

  /** The cards of a column as they stand on the page. */
  cards(column: Column): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(`[data-column=${column}] .card`)];
  }

  private card(key: string): HTMLElement | undefined {
    return [...this.querySelectorAll<HTMLElement>(".columns .card")].find((one) => one.dataset.key === key);
  }

  /** What the keys act on: the card with the focus, else the ticket that is open. */
  get target(): { ticket: Ticket; cluster: boolean } | undefined {
    const cluster = /^cluster (.+)$/.exec(this.current)?.[1];
    if (cluster && document.activeElement?.closest(".card.cluster")) {
      const ticket = [...this.desk.tickets.values()].filter((one) => one.cluster === cluster && columnOf(one) === this.place.column).sort(byGravity)[0];
      return ticket && { ticket, cluster: true };
    }
    const ticket = this.desk.tickets.get(this.open) ?? this.desk.tickets.get(this.current);
    return ticket && { ticket, cluster: false };
  }

  get detail(): TicketView | null {
    return this.querySelector("wr-ticket");
  }

  show(number: string): void {
    this.open = number;
    this.current = number;
  }

  close(): void {
    const number = this.open;
    this.open = "";
    void this.updateComplete.then(() => (this.card(number) ?? this.cards(this.column)[0])?.focus());
  }

  /** Does an action with a ticket, or with its whole cluster. */
  act(action: Action, ticket: Ticket, cluster = false): void {
    if (cluster) {
      if (!FOR_CLUSTERS.includes(action)) return;
      if (action === "note") void askNote(this.desk, ticket, true);
      else void this.desk.give(action, ticket, { whole_cluster: true });
      return;
    }
    if (!this.desk.possible(ticket).includes(action)) return;
    if (this.open === ticket.service_request_id) this.detail?.act(action);
    else if (action === "correct") {
      this.show(ticket.service_request_id);
      void this.updateComplete.then(() => this.detail?.updateComplete).then(() => this.detail?.act(action));
    } else if (AT_ONCE.includes(action)) void this.desk.give(action, ticket);
    else void askFor(action, this.desk, ticket);
  }

  setFilter(filter: Filter): void {
    this.filter = filter;
    saveFilter(this.room, filter);
  }

  override render(): TemplateResult {
    const { store } = this.page.link;
    const { view } = this.page;
    const tickets = [...this.desk.tickets.values()];
    const shown = tickets.filter((one) => passes(one, this.filter, needName));
    const tasks = store.collection<Task>(view, "tasks");
    const copies = store.collection<Ticket>(view, "copies");
    return html`
      <wr-status .link=${this.page.link} .outbox=${this.page.outbox} .sounds=${this.page.sounds} .heading=${roomName(this.room)} .mayReload=${this.isIdle} .extra=${this.tabs(openTasks(tasks).length, copies.size)}></wr-status>
      ${noticeStrip(store, view, this.district)} ${alertLine(store.collection<Alert>(view, "alerts"))}
      ${this.tab === "tickets" ? this.ticketsTab(tickets, shown) : nothing}
      ${this.tab === "tasks" ? taskList(tasks, this.desk) : nothing}
      ${this.tab === "stock" ? html`<wr-stock .page=${this.page} .room=${this.room} .commands=${this.desk.commands}></wr-stock>` : nothing}
      ${this.tab === "copies" ? this.copiesTab(copies) : nothing}
      <wr-commands .link=${this.page.link} .outbox=${this.page.outbox} .describe=${this.describe} .told=${told}></wr-commands>
      <p class="hidden-visually" aria-live="polite">${this.announcer.polite}</p>
      <p class="hidden-visually" aria-live="assertive">${this.announcer.assertive}</p>
    `;
  }

  private readonly focused = (event: FocusEvent) => {
    const key = (event.target as Element).closest<HTMLElement>(".card")?.dataset.key;
    if (key) this.current = key;
  };

  /** Nobody types, and nothing can still be taken back. */
  private readonly isIdle = () =>
    !document.querySelector("dialog[open], form") && !document.activeElement?.matches("input, textarea, select") && !this.page.outbox.undoable;

  private readonly describe = (frame: Parameters<Desk["describe"]>[0]) => this.desk.describe(frame);

  private tabs(tasks: number, copies: number): TemplateResult {
    const counts: Record<Tab, number> = { tickets: 0, tasks, stock: 0, copies };
    const name = (tab: Tab) => tr(`tab${tab[0]?.toUpperCase()}${tab.slice(1)}` as RoomTextKey);
    return html`<nav class="tabs">
      ${TABS.map(
        (tab, i) => html`<button type="button" class="tab" aria-current=${tab === this.tab ? "page" : nothing} @click=${() => (this.tab = tab)}>
          ${name(tab)}${counts[tab] ? html` <span class="count">${counts[tab]}</span>` : nothing} ${kbd(String(i + 1))}
        </button>`,
      )}
      <a class="tab" href="/room/${this.room}/print?day=${isoDay(serverNow())}" target="_blank">${tr("print")}</a>
    </nav>`;
  }

  private ticketsTab(tickets: Ticket[], shown: Ticket[]): TemplateResult {
    const summary = this.page.link.store.get<Summary>(this.page.view, "summary", "summary");
    const columns = new Map<Column, Ticket[]>(COLUMNS.map((name) => [name, []]));
    for (const ticket of shown) columns.get(columnOf(ticket))?.push(ticket);
    const lists = COLUMNS.map((name) => [name, entriesOf(columns.get(name) ?? [], summary)] as const);
    this.settleCurrent(lists);
    const counts = { shown: shown.length, n: tickets.length };
    return html`
      ${filterLine(this.filter, (filter) => this.setFilter(filter), counts)}
      <div class="board ${this.open ? "with-detail" : ""}">
        <div class="columns fades" data-shown=${this.column} @focusin=${this.focused}>
          <div class="column-tabs" role="group">
            ${COLUMNS.map((name) => html`<button type="button" aria-pressed=${name === this.column ? "true" : "false"} @click=${() => (this.column = name)}>
              ${tr(name)} <span class="count">${columns.get(name)?.length}</span>
            </button>`)}
          </div>
          ${lists.map(([name, entries]) => this.columnOf(name, entries, columns.get(name) ?? [], tickets.length > shown.length))}
        </div>
        ${this.open
          ? html`<wr-ticket .desk=${this.desk} .number=${this.open} .close=${() => this.close()} .show=${(one: string) => this.show(one)}></wr-ticket>`
          : nothing}
      </div>
    `;
  }

  /** One card is always the one that Tab reaches; remembers where it stands. */
  private settleCurrent(lists: readonly (readonly [Column, Entry[]])[]): void {
    for (const [column, entries] of lists) {
      const at = entries.findIndex((one) => keyOf(one) === this.current || (one.kind === "cluster" && one.tickets.some((ticket) => ticket.service_request_id === this.current)));
      if (at >= 0) {
        this.place = { column, at };
        return;
      }
    }
    const first = lists.find(([, entries]) => entries.length)?.[1][0];
    if (!this.refocus && first) this.current = keyOf(first);
  }

  private columnOf(name: Column, entries: Entry[], tickets: Ticket[], filtered: boolean): TemplateResult {
    const late = tickets.filter((one) => urgencyOf(one) === "late").length;
    const use = this.use();
    const rows: { key: string; draw: () => unknown }[] = [];
    for (const entry of entries) {
      const key = keyOf(entry);
      if (entry.kind === "ticket") {
        rows.push({ key, draw: () => this.drawn(entry.ticket, use(key)) });
        continue;
      }
      const expanded = this.expanded.has(`${name} ${key}`);
      rows.push({
        key,
        draw: () => clusterCard(entry.cluster, entry.tickets, { ...use(key), act: (action, ticket) => this.act(action, ticket, true), expanded, toggle: () => this.toggle(`${name} ${key}`, key) }),
      });
      if (!expanded) continue;
      for (const ticket of entry.tickets) rows.push({ key: ticket.service_request_id, draw: () => this.drawn(ticket, use(ticket.service_request_id)) });
    }
    return html`<section class="column" data-column=${name} aria-label="${tr(name)}: ${tickets.length}">
      <header>
        <h2>${tr(name)} <span class="count">${tickets.length}</span></h2>
        ${late ? html`<span class="chip red">▲ ${tr("late", { n: late })}</span>` : nothing}
      </header>
      <div class="cards">
        ${rows.length
          ? repeat(rows, (row) => row.key, (row) => row.draw())
          : html`<p class="empty">${filtered ? tr("filteredHint") : tr(`${name}Hint`)}</p>`}
      </div>
    </section>`;
  }

  /** A card, drawn anew only when something of it has changed: a room may have hundreds. */
  private drawn(ticket: Ticket, use: CardUse): unknown {
    const last = this.desk.pending(ticket).at(-1);
    const pending = last && `${last.id} ${this.page.outbox.secondsLeft(last)}`;
    return guard([ticket, use.current, pending, this.tick, language(), names()], () => ticketCard(ticket, use));
  }

  private use(): (key: string) => CardUse {
    return (key) => ({
      desk: this.desk,
      current: key === this.current,
      open: (number) => this.show(number),
      act: (action, ticket) => this.act(action, ticket),
    });
  }

  toggle(id: string, key: string): void {
    const next = new Set(this.expanded);
    if (!next.delete(id)) next.add(id);
    this.expanded = next;
    this.current = key;
  }

  private copiesTab(copies: ReadonlyMap<string, Ticket>): TemplateResult {
    const sorted = [...copies.values()].sort(byGravity);
    const open = (number: string) => {
      this.tab = "tickets";
      this.show(number);
    };
    return html`<section class="page fades" aria-label=${tr("tabCopies")}>
      <p class="muted">${sorted.length ? tr("copiesHelp") : tr("copiesNone")}</p>
      <div class="grid">${sorted.map((one) => copyCard(one, () => open(one.service_request_id)))}</div>
    </section>`;
  }
}
customElements.define("wr-room", RoomBoard);

/** What is worth saying of a command that was done: most show it on the board itself. */
function told({ pending, reply }: Answered): string {
  if (pending.frame.type !== "command") return "";
  if (pending.frame.command.action === "call-citizen") return tt("callRings");
  const n = Number(reply.data.others ?? 0);
  return pending.frame.command.whole_cluster && n ? tt("doneWithOthers", { n }) : "";
}

