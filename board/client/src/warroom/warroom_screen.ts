// The war room's desk: what is to be sorted, rejections to decide, tasks, stock, search, calls, alerts.
import { html, nothing, type TemplateResult } from "lit";
import type { Task, Ticket } from "../link/model";
import type { Page } from "../start";
import { Announcer } from "../room/announce";
import { Desk } from "../ticket/desk";
import { byGravity, columnOf } from "../ticket/order";
import "../ui/command_list";
import { isEscalated, isOfExchange } from "../state/alert_kinds";
import type { AlertFigures } from "../state/model";
import { LightElement } from "../ui/element";
import { addKeys, kbd } from "../ui/keys";
import { noticeStrip } from "../ui/notices";
import "../ui/outside_text";
import { allRooms } from "../ui/rooms";
import "../ui/status_bar";
import { t } from "../ui/text";
import { STATE_ROOM, WarroomDesk } from "./desk";
import { moveDialog } from "./move_dialog";
import { giveTaskDialog } from "./task_dialog";
import { groups, tasksTab } from "./tasks_tab";
import { wt } from "./text";
import type { WarroomKey } from "./text/en";
import type { TicketList } from "./tickets_tab";
import "./tickets_tab";

type Tab = "triage" | "proposals" | "tasks" | "stock" | "search" | "calls" | "alerts" | "notices";
const TABS: readonly Tab[] = ["triage", "proposals", "tasks", "stock", "search", "calls", "alerts", "notices"];
// not in the first load: fetched when the page stands, and there before anybody has looked around
const LATER = [() => import("./search_tab"), () => import("./stock_tab"), () => import("./calls_tab"), () => import("./alerts_tab"), () => import("./notices_tab")];
const PARTS: Partial<Record<Tab, string>> = { search: "wr-search", stock: "wr-balance", calls: "wr-calls", alerts: "wr-alerts", notices: "wr-notices" };
const REDRAW_MS = 5_000; // the time that is left is said in minutes

/** `<wr-warroom .page=…>`. */
export class WarroomScreen extends LightElement {
  static override properties = { page: { attribute: false }, tab: { state: true } };
  declare page: Page;
  declare tab: Tab;
  private desk!: WarroomDesk;
  private announcer!: Announcer;
  private drawn = 0;

  constructor() {
    super();
    this.tab = tabOfAddress();
  }

  override connectedCallback(): void {
    this.desk = new WarroomDesk(this.page);
    this.announcer = new Announcer(new Desk(this.page, STATE_ROOM)); // danger in another room is that room's alarm
    super.connectedCallback();
    const { link, outbox } = this.page;
    const redraw = () => this.requestUpdate();
    const timer = setInterval(redraw, REDRAW_MS);
    this.follow(
      link.store.news.add(({ change }) => {
        if (change?.collection === "tickets" && change.view === this.page.view) this.announcer.take(change);
        redraw();
      }),
      link.changed.add(redraw),
      outbox.changed.add(redraw),
      addKeys(
        ...TABS.map((tab, at) => ({ key: String(at + 1), name: () => wt("keyTab", { what: tabName(tab) }), run: () => this.go(tab) })),
        { key: "T", name: () => wt("keyTask"), run: () => void giveTaskDialog(this.desk) },
        { key: "V", name: () => wt("keyMoveStock"), run: () => void moveDialog(this.desk) },
      ),
      addKeys({ key: "/", name: () => wt("keySearch"), when: () => this.tab !== "search", run: () => this.go("search") }),
      () => clearInterval(timer),
    );
  }

  override willUpdate(): void {
    this.announcer.settle();
  }

  override firstUpdated(): void {
    setTimeout(() => this.fetchParts(), 0);
  }

  /** Fetches what the first load left out; what a line that broke kept back is asked for again with its tab. */
  private fetchParts(): void {
    for (const load of LATER) void load().then(() => this.requestUpdate(), () => undefined);
  }

  override render(): TemplateResult {
    this.drawn += 1;
    return html`
      <wr-status .link=${this.page.link} .outbox=${this.page.outbox} .sounds=${this.page.sounds} .heading=${wt("desk")} .extra=${this.tabs()}></wr-status>
      ${this.tab === "notices" ? nothing : noticeStrip(this.page.link.store, this.page.view)} ${this.content()}
      <wr-commands .link=${this.page.link} .outbox=${this.page.outbox} .describe=${this.describe}></wr-commands>
      <p class="hidden-visually" aria-live="polite">${this.announcer.polite}</p>
      <p class="hidden-visually" aria-live="assertive">${this.announcer.assertive}</p>
    `;
  }

  private content(): TemplateResult {
    const { desk } = this;
    const part = PARTS[this.tab];
    if (part && !customElements.get(part)) return html`<p class="empty" role="status">${t("loading")}</p>`;
    switch (this.tab) {
      case "triage":
        return this.list(this.own(), wt("triageHelp"), wt("triageNone"), "triage");
      case "proposals":
        return this.list(this.proposals(), wt("proposalsHelp"), wt("proposalsNone"), "proposals");
      case "tasks":
        return tasksTab(desk);
      case "stock":
        return html`<wr-balance .desk=${desk} .tick=${this.drawn}></wr-balance>`;
      case "search":
        return html`<wr-search .desk=${desk} .tick=${this.drawn}></wr-search>`;
      case "calls":
        return html`<wr-calls .desk=${desk} .show=${(number: string) => void this.showTicket(number)}></wr-calls>`;
      case "alerts":
        return html`<wr-alerts .desk=${desk} .tick=${this.drawn}></wr-alerts>`;
      case "notices":
        return html`<wr-notices .desk=${desk}></wr-notices>`;
    }
  }

  private list(tickets: readonly Ticket[], help: string, none: string, kind: Tab): TemplateResult {
    const group = (ticket: Ticket) => (kind === "triage" && ticket.stage !== "triage" ? wt("ownTickets") : "");
    return html`<wr-tickets data-kind=${kind} .desk=${this.desk} .tickets=${tickets} .help=${help} .none=${none} .group=${group}></wr-tickets>`;
  }

  /** The state room's tickets with something left to do: first those that have no district. */
  private own(): Ticket[] {
    const sorted = (one: Ticket) => Number(one.stage !== "triage");
    return [...this.page.link.store.collection<Ticket>(this.page.view, "tickets").values()]
      .filter((one) => columnOf(one) !== "done")
      .sort((a, b) => sorted(a) - sorted(b) || byGravity(a, b));
  }

  private proposals(): Ticket[] {
    return [...this.page.link.store.collection<Ticket>(this.page.view, "proposals").values()].sort(byGravity);
  }

  /** Alerts that somebody has to do something about. */
  private alerts(): number {
    const rooms = new Set(allRooms().map((one) => one.id));
    const all = [...this.page.link.store.collection<AlertFigures>(this.page.view, "alerts").values()];
    return all.filter((one) => isOfExchange(one) || isEscalated(one, rooms)).length;
  }

  private readonly describe = (frame: Parameters<WarroomDesk["describe"]>[0]) => this.desk.describe(frame);

  private tabs(): TemplateResult {
    const tasks = groups(this.page.link.store.collection<Task>(this.page.view, "tasks")).length;
    const counts: Partial<Record<Tab, number>> = {
      triage: this.own().filter((one) => columnOf(one) === "waiting").length,
      proposals: this.proposals().length,
      tasks,
      alerts: this.alerts(),
    };
    return html`<nav class="tabs">
      ${TABS.map(
        (tab, at) => html`<button type="button" class="tab" aria-current=${tab === this.tab ? "page" : nothing} @click=${() => this.go(tab)}>
          ${tabName(tab)}${counts[tab] ? html` <span class="count">${counts[tab]}</span>` : nothing} ${kbd(String(at + 1))}
        </button>`,
      )}
      <a class="tab" href="/state">${wt("toState")}</a>
    </nav>`;
  }

  private go(tab: Tab): void {
    this.tab = tab;
    if (!customElements.get(PARTS[tab] ?? "wr-tickets")) this.fetchParts();
    history.replaceState(null, "", `#${tab}`); // a reload, and a bookmark, come back here
  }

  /** Opens a ticket that another tab names. */
  private async showTicket(number: string): Promise<void> {
    this.go("triage");
    await this.updateComplete;
    this.querySelector<TicketList>("wr-tickets")?.show(number);
  }
}
customElements.define("wr-warroom", WarroomScreen);

function tabName(tab: Tab): string {
  return wt(`tab${tab.charAt(0).toUpperCase()}${tab.slice(1)}` as WarroomKey);
}

function tabOfAddress(): Tab {
  const named = location.hash.slice(1) as Tab;
  return TABS.includes(named) ? named : "triage";
}
