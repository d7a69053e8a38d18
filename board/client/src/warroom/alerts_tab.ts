// Alerts that stand: late work by room, what runs short, rooms nobody is in, and the exchange itself.
import { html, nothing, type TemplateResult } from "lit";
import { listTable, lists } from "../state/lists";
import { StateData } from "../state/model";
import { LightElement } from "../ui/element";
import { names } from "../ui/names";
import { scrolls } from "../ui/scrolls";
import type { WarroomDesk } from "./desk";
import { wt } from "./text";

const SHOWN = ["exchange", "escalated", "shortages", "away", "trunks"];

/** `<wr-alerts .desk=…>`. */
export class AlertsTab extends LightElement {
  static override properties = { desk: { attribute: false }, tick: { attribute: false } };
  declare desk: WarroomDesk;
  /** Changes when there is something new to draw. */
  declare tick: number;

  override render(): TemplateResult | typeof nothing {
    const catalogue = names();
    if (!catalogue) return nothing;
    const all = lists(new StateData(this.desk.page.link.store, this.desk.page.view, catalogue));
    const shown = SHOWN.flatMap((id) => all.filter((one) => one.id === id));
    return html`<section class="page fades" aria-label=${wt("tabAlerts")}>
      <div class="alert-lists">
        ${shown.map(
          (list) => html`<section class="box" aria-label=${list.title}>
            <h2>${list.title} <span class="chip">${list.rows.length}</span></h2>
            ${scrolls(list.title, listTable(list))}
          </section>`,
        )}
      </div>
    </section>`;
  }
}
customElements.define("wr-alerts", AlertsTab);
