// The line of filters; kept for this tab, so that a reload shows the same tickets.
import { html, type TemplateResult } from "lit";
import { deskName, names } from "../ui/names";
import { named } from "../ui/text";
import { type Filter, isFiltering, NO_FILTER } from "../ticket/order";
import { tr } from "./text";

const DESKS = ["food", "health", "fuel", "supplies", "travel", "information"];

export function loadFilter(room: string): Filter {
  try {
    return { ...NO_FILTER, ...(JSON.parse(sessionStorage.getItem(`warroom-filter|${room}`) ?? "{}") as Partial<Filter>) };
  } catch {
    return NO_FILTER;
  }
}

export function saveFilter(room: string, filter: Filter): void {
  sessionStorage.setItem(`warroom-filter|${room}`, JSON.stringify(filter));
}

export function filterLine(
  filter: Filter,
  set: (filter: Filter) => void,
  counts: { shown: number; n: number },
): TemplateResult {
  const change = (name: keyof Filter) => (event: Event) =>
    set({ ...filter, [name]: (event.target as HTMLInputElement).value });
  const choice = (name: "desk" | "need", all: string, label: string, options: (readonly [string, string])[]) => html`
    <select aria-label=${label} class=${filter[name] ? "active" : ""} @change=${change(name)}>
      <option value="" ?selected=${!filter[name]}>${all}</option>
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === filter[name]}>${text}</option>`)}
    </select>`;
  return html`<div class="filters" role="search">
    ${choice("desk", tr("allDesks"), tr("filterDesk"), DESKS.map((one) => [one, deskName(one)] as const))}
    ${choice("need", tr("allNeeds"), tr("filterNeed"), names()?.needs.map((one) => [one.id, named(one)] as const) ?? [])}
    <input class="pin ${filter.zipcode ? "active" : ""}" inputmode="numeric" maxlength="6" aria-label=${tr("filterZipcode")}
      placeholder=${tr("filterZipcode")} .value=${filter.zipcode} @input=${change("zipcode")} />
    <input class="search ${filter.text ? "active" : ""}" type="search" maxlength="100" aria-label=${tr("filterText")}
      placeholder="${tr("filterText")}: ${tr("filterTextHint")}" .value=${filter.text} @input=${change("text")} />
    ${isFiltering(filter)
      ? html`<button type="button" class="amber" @click=${() => set(NO_FILTER)}>${tr("shown", counts)} · ${tr("clearFilter")}</button>`
      : ""}
  </div>`;
}
