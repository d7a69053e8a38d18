// Stock of all rooms: proposed moves from what runs short, and what every room reported.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../link/clock";
import type { StockReport } from "../link/model";
import { unitName } from "../room/tasks";
import type { Shortage } from "../state/model";
import { StateData } from "../state/model";
import { LightElement } from "../ui/element";
import { number, when } from "../ui/format";
import { kbd } from "../ui/keys";
import { itemName, names, roomName } from "../ui/names";
import { scrolls } from "../ui/scrolls";
import { type Held, held, KEPT_DAYS, type Move, proposeMoves, WANTED_DAYS } from "./balance";
import type { WarroomDesk } from "./desk";
import { moveDialog } from "./move_dialog";
import { wt } from "./text";

/** `<wr-balance .desk=…>`. */
export class StockTab extends LightElement {
  static override properties = { desk: { attribute: false }, item: { state: true }, tick: { attribute: false } };
  declare desk: WarroomDesk;
  /** Changes when there is something new to draw. */
  declare tick: number;
  /** The item whose reports are shown; empty: all. */
  declare item: string;

  constructor() {
    super();
    this.item = "";
  }

  override render(): TemplateResult | typeof nothing {
    const catalogue = names();
    if (!catalogue) return nothing;
    const { link, view } = this.desk.page;
    const data = new StateData(link.store, view, catalogue);
    const all = held(link.store.collection<StockReport>(view, "stock"), serverNow());
    const shortages: readonly Shortage[] = data.shortages;
    const moves = proposeMoves(shortages, all, data.districts);
    return html`<section class="page fades" aria-label=${wt("tabStock")}>
      <p class="row"><button type="button" class="primary" @click=${() => void moveDialog(this.desk)}>${wt("moveStock")} ${kbd("V")}</button></p>
      <h2>${wt("proposedMoves")} <span class="count">${moves.length}</span></h2>
      ${moves.length
        ? html`<p class="muted">${wt("movesHelp", { wanted: WANTED_DAYS, kept: KEPT_DAYS })}</p>
            <div class="grid">${moves.map((move) => this.move(move))}</div>`
        : html`<p class="empty">${wt("movesNone")}</p>`}
      ${this.reported(all, new Set(shortages.map((one) => `${one.room}/${one.item ?? ""}`)))}
    </section>`;
  }

  private move(move: Move): TemplateResult {
    const days = (value: number | null) => (value === null ? "–" : wt("days", { n: number(value, 1) }));
    return html`<article class="card move">
      <header>
        <strong>${itemName(move.item)}</strong>
        <span class="space"></span>
        <span class="numeric">${number(move.quantity, 2)} ${unitName(move.unit)}</span>
      </header>
      <p class="row">
        <span>${roomName(move.source)} <span class="chip">${days(move.sourceDays)}</span></span>
        <span aria-hidden="true">→</span><span class="hidden-visually">${wt("to")}</span>
        <span>${roomName(move.target)} <span class="chip red">${days(move.targetDays)}</span></span>
        <span class="space"></span>
        <button type="button" @click=${() => void moveDialog(this.desk, move)}>${wt("moveStock")}</button>
      </p>
    </article>`;
  }

  private reported(all: readonly Held[], short: ReadonlySet<string>): TemplateResult {
    if (!all.length) return html`<h2>${wt("reported")}</h2><p class="empty">${wt("reportedNone")}</p>`;
    const items = [...new Set(all.map((one) => one.item))].sort((a, b) => itemName(a).localeCompare(itemName(b)));
    const rows = all
      .filter((one) => !this.item || one.item === this.item)
      .sort((a, b) => (a.days ?? Infinity) - (b.days ?? Infinity));
    const choose = (event: Event) => (this.item = (event.target as HTMLSelectElement).value);
    return html`
      <div class="row">
        <h2>${wt("reported")} <span class="count">${rows.length}</span></h2>
        <select aria-label=${wt("item")} @change=${choose}>
          <option value="" ?selected=${!this.item}>${wt("allItems")}</option>
          ${items.map((item) => html`<option value=${item} ?selected=${item === this.item}>${itemName(item)}</option>`)}
        </select>
      </div>
      ${scrolls(
        wt("reported"),
        html`<table class="figures list">
          <thead>
            <tr>${[wt("roomColumn"), wt("item"), wt("inStock"), wt("perDay"), wt("counted"), wt("daysLeft")].map((title) => html`<th scope="col">${title}</th>`)}</tr>
          </thead>
          <tbody>
            ${rows.map(
              (one) => html`<tr class=${short.has(`${one.room}/${one.item}`) ? "red" : ""}>
                <th scope="row">${roomName(one.room)}</th>
                <td>${itemName(one.item)}</td>
                <td>${number(one.quantity, 1)} ${unitName(one.unit)}</td>
                <td>${number(one.dailyUse, 1)}</td>
                <td>${when(one.asOf)}</td>
                <td>${one.days === null ? "–" : number(one.days, 1)}</td>
              </tr>`,
            )}
          </tbody>
        </table>`,
      )}
    `;
  }
}
customElements.define("wr-balance", StockTab);
