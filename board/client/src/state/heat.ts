// District by need: a table with five steps of colour, the number in each cell.
import { html, type TemplateResult } from "lit";
import { needName } from "../ui/names";
import { named } from "../ui/text";
import { compare, heatStep } from "./measures";
import type { District, DistrictFigures, StateData } from "./model";
import { st } from "./text";
import { NOTHING_KNOWN } from "./tiles";

export interface HeatRow {
  district: District;
  figures: DistrictFigures;
}

/** Districts with open tickets, most first. */
export function heatRows(data: StateData): HeatRow[] {
  return data.districts
    .map((district) => ({ district, figures: data.figures(district.room) ?? NOTHING_KNOWN }))
    .filter((row) => row.figures.open)
    .sort((a, b) => b.figures.open - a.figures.open || compare("open", a.figures, b.figures));
}

/** Needs that anybody has, most first. */
export function heatNeeds(data: StateData, rows: readonly HeatRow[]): { id: string; sum: number }[] {
  return data.needs
    .map((id) => ({ id, sum: rows.reduce((sum, row) => sum + (row.figures.by_need[id] ?? 0), 0) }))
    .filter((need) => need.sum)
    .sort((a, b) => b.sum - a.sum);
}

export function heatTable(needs: readonly { id: string }[], rows: readonly HeatRow[]): TemplateResult {
  return html`<table class="heat">
    <thead>
      <tr>
        <th scope="col" class="corner">${st("district")}</th>
        ${needs.map((need) => html`<th scope="col"><span>${needName(need.id)}</span></th>`)}
        <th scope="col"><span>${st("total")}</span></th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ district, figures }) => html`<tr>
          <th scope="row">${named(district)}</th>
          ${needs.map((need) => {
            const count = figures.by_need[need.id] ?? 0;
            return html`<td class="step-${heatStep(count)}">${count || ""}</td>`;
          })}
          <td class="strong">${figures.open}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}
