// Alerts that stand: late work by room, what runs short, rooms nobody is in, and the exchange itself.
import { html, type TemplateResult } from "lit";
import { listTable, lists } from "../state/lists";
import { StateData } from "../state/model";
import { names } from "../ui/names";
import { scrolls } from "../ui/scrolls";
import type { WarroomDesk } from "./desk";
import { wt } from "./text";

const SHOWN = ["exchange", "escalated", "shortages", "away", "trunks"];

export function alertsTab(desk: WarroomDesk): TemplateResult {
  const catalogue = names();
  if (!catalogue) return html``;
  const data = new StateData(desk.page.link.store, desk.page.view, catalogue);
  const all = lists(data);
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

/** How many alerts the tab's number counts: those that somebody has to do something about. */
export function alertCount(desk: WarroomDesk): number {
  const catalogue = names();
  if (!catalogue) return 0;
  const data = new StateData(desk.page.link.store, desk.page.view, catalogue);
  return lists(data)
    .filter((list) => list.id === "exchange" || list.id === "escalated")
    .reduce((sum, list) => sum + list.rows.length, 0);
}
