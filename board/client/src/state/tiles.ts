// The 52 districts as tiles, each at its place in the state; on a phone as a list, worst first. A table has the same
// numbers for screen readers.
import { html, nothing, type TemplateResult } from "lit";
import { when } from "../ui/format";
import { scrolls } from "../ui/scrolls";
import { named } from "../ui/text";
import { MEASURES, type Measure, compare, measureName, stepOf, valueOf, wordOf } from "./measures";
import type { District, DistrictFigures, StateData } from "./model";
import { st } from "./text";

export const NOTHING_KNOWN: DistrictFigures = {
  open: 0,
  waiting: 0,
  emergencies: 0,
  unseen: 0,
  overdue: 0,
  shortages: 0,
  online: true,
  oldest: null,
  by_need: {},
  worst: "",
};

/** Characters of a name above which it is written smaller, so that it is not cut. */
const LONG = 8;
const LONGER = 10;
/** Of all four sums of the state: with more of them they are written smaller. */
const DIGITS = 7;
const MORE_DIGITS = 11;

export interface Tiles {
  data: StateData;
  measure: Measure;
  choose: (measure: Measure) => void;
  /** In a list, worst first, in place of the grid. */
  narrow: boolean;
  /** Whether whoever looks may open rooms. */
  links: boolean;
  /** The room of the tile that Tab comes to. */
  focused: string;
  focus: (room: string) => void;
}

export function tiles(options: Tiles): TemplateResult {
  const { data } = options;
  const rows = data.districts.map((district) => ({ district, figures: data.figures(district.room) ?? NOTHING_KNOWN }));
  if (options.narrow) rows.sort((a, b) => compare(options.measure, a.figures, b.figures));
  const first = options.focused || (rows[0]?.district.room ?? "");
  return html`
    <section class="tiles" aria-label=${measureName(options.measure)} @keydown=${(event: KeyboardEvent) => move(event, options)}>
      <div class="tile-head">${measures(options)} ${legend()}</div>
      ${sums(rows.map((row) => row.figures))}
      ${rows.map((row) => tile(row.district, row.figures, options, first))}
    </section>
  `;
}

function tile(district: District, figures: DistrictFigures, options: Tiles, first: string): TemplateResult {
  const { measure } = options;
  const value = valueOf(measure, figures);
  const classes = [
    "tile",
    `row-${district.tile[0]}`,
    `col-${district.tile[1]}`,
    `step-${stepOf(measure, value)}`,
    figures.unseen ? "danger" : "",
    figures.online ? "" : "away",
  ].join(" ");
  const name = named(district);
  const word = wordOf(measure, figures);
  const inner = html`
    <span class="name ${smaller(name.length, LONG, LONGER)}">${name}</span>
    <span class="value ${smaller(value, 99, 999)}">${value}</span>
    <span class="signs">
      ${figures.unseen && measure !== "open" ? html`<span aria-hidden="true">▲</span>` : nothing}
      ${figures.online ? nothing : html`<span aria-hidden="true">✕</span> <span class="sign-word">${st("away")}</span>`}
    </span>
    <span class="word">${figures.unseen && measure === "open" ? html`<span aria-hidden="true">▲\u2009</span>` : nothing}${word}</span>
  `;
  const index = district.room === first ? 0 : -1;
  const focus = () => options.focus(district.room);
  return options.links
    ? html`<a class=${classes} href="/room/${district.room}" data-room=${district.room} tabindex=${index} @focus=${focus}>${inner}</a>`
    : html`<div class=${classes} data-room=${district.room}>${inner}</div>`;
}

/** The class by which what is long is written smaller. */
function smaller(size: number, long: number, longer: number): string {
  return size > longer ? "longer" : size > long ? "long" : "";
}

function measures(options: Tiles): TemplateResult {
  return html`<div class="measures" role="group" aria-label=${st("measure")}>
    ${MEASURES.map(
      (one, at) => html`<button
        type="button"
        aria-pressed=${one === options.measure}
        @click=${() => options.choose(one)}
      >
        ${st(one)} <kbd aria-hidden="true">${at + 1}</kbd>
      </button>`,
    )}
  </div>`;
}

function legend(): TemplateResult {
  return html`<div class="legend">
    <span>${st("legend")}</span>
    ${[0, 1, 2, 3, 4].map((step) => html`<span class="swatch step-${step}"></span>`)}
    <span class="entry"><span class="swatch danger" aria-hidden="true">▲</span> ${st("legendDanger")}</span>
    <span class="entry"><span class="swatch away" aria-hidden="true">✕</span> ${st("legendAway")}</span>
  </div>`;
}

function sums(all: readonly DistrictFigures[]): TemplateResult {
  const sum = (of: (figures: DistrictFigures) => number) => all.reduce((total, one) => total + of(one), 0);
  const unseen = sum((one) => one.unseen);
  const open = sum((one) => one.open);
  const late = sum((one) => one.overdue);
  const away = sum((one) => Number(!one.online));
  const digits = `${unseen}${open}${late}${away}`.length;
  const entry = (value: number, name: string, tone = "") =>
    html`<div class=${tone}><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="tile-sums ${smaller(digits, DIGITS, MORE_DIGITS)}">
    ${entry(unseen, st("sumDanger"), unseen ? "alarm" : "")} ${entry(open, st("sumOpen"))}
    ${entry(late, st("sumLate"))} ${entry(away, st("sumAway"))}
  </dl>`;
}

/** Arrow keys move to the nearest tile in that direction; a gap is jumped over. */
function move(event: KeyboardEvent, options: Tiles): void {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const current = (event.target as HTMLElement).closest<HTMLElement>("[data-room]");
  if (!step || !current || event.ctrlKey || event.altKey || event.metaKey) return;
  const here = options.data.districts.find((one) => one.room === current.dataset.room);
  const [down = 0, right = 0] = step;
  const best = here && nearest(options.data.districts, here, down, right);
  event.preventDefault();
  if (best) (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-room="${best.room}"]`)?.focus();
}

const SIDEWAYS = 3; // a step aside counts as three ahead: the same row or column comes first

export function nearest(all: readonly District[], here: District, down: number, right: number): District | undefined {
  let best: District | undefined;
  let least = Infinity;
  for (const one of all) {
    const rows = one.tile[0] - here.tile[0];
    const cols = one.tile[1] - here.tile[1];
    const ahead = down ? rows * down : cols * right;
    const aside = Math.abs(down ? cols : rows);
    if (ahead > 0 && ahead + SIDEWAYS * aside < least) {
      least = ahead + SIDEWAYS * aside;
      best = one;
    }
  }
  return best;
}

/** The tiles' numbers as a table. */
export function districtTable(data: StateData, measure: Measure, hidden: boolean): TemplateResult {
  const rows = data.districts
    .map((district) => ({ district, figures: data.figures(district.room) ?? NOTHING_KNOWN }))
    .sort((a, b) => compare(measure, a.figures, b.figures));
  const titles = ["district", "open", "newTickets", "waitsSince", "emergencies", "unseen", "overdue", "shortages", "room"] as const;
  const table = html`<table class="figures">
    <caption>${st("tableTitle")}</caption>
    <thead><tr>${titles.map((title) => html`<th scope="col">${st(title)}</th>`)}</tr></thead>
    <tbody>
      ${rows.map(
        ({ district, figures }) => html`<tr>
          <th scope="row">${named(district)}</th>
          <td>${figures.open}</td>
          <td>${figures.waiting}</td>
          <td>${figures.oldest ? when(figures.oldest) : ""}</td>
          <td>${figures.emergencies}</td>
          <td>${figures.unseen}</td>
          <td>${figures.overdue}</td>
          <td>${figures.shortages}</td>
          <td>${st(figures.online ? "roomOnline" : "away")}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
  return hidden ? html`<div class="hidden-visually">${table}</div>` : html`<section class="box">${scrolls(st("tableTitle"), table)}</section>`;
}
