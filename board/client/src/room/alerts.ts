// What is late or short in this room, as the alerts of the war room say it.
import { html, nothing, type TemplateResult } from "lit";
import type { Alert } from "../link/model";
import { itemName, needName } from "../ui/names";
import { visible } from "../ui/outside_text";
import { language } from "../ui/text";
import { tr } from "./text";

/** Up to so many things are named in an alert of a shortage. */
const NAMED = 3;

function wordsOf(kind: string, alert: Alert): string {
  const n = Number(alert.count ?? 1);
  switch (kind) {
    case "unacknowledged":
      return tr("alert_unacknowledged", { n });
    case "overdue":
      return tr("alert_overdue", { n });
    case "task":
      return tr("alert_task");
    case "shortage": {
      const items = Array.isArray(alert.items) ? (alert.items as { item?: string; need?: string }[]) : [];
      const what = items.slice(0, NAMED).map((one) => (one.item ? itemName(one.item) : needName(one.need ?? "")));
      if (what.length) return tr("alert_shortage", { what: what.join(", ") });
    }
  }
  return visible((language() === "hi" ? alert.what_hi : alert.what) ?? alert.what ?? kind).slice(0, 160);
}

/** `room-offline` is left out: whoever reads it is there. */
export function alertLine(alerts: ReadonlyMap<string, Alert>): TemplateResult | typeof nothing {
  const shown = [...alerts].filter(([kind]) => kind !== "room-offline");
  if (!shown.length) return nothing;
  return html`<ul class="alerts" aria-label=${tr("alertsTitle")}>
    ${shown.map(([kind, alert]) => html`<li class="chip ${kind === "room-quota" ? "amber" : "red"}">▲ ${wordsOf(kind, alert)}</li>`)}
  </ul>`;
}
