// The lists beside the tiles: what runs short, who is away, what was escalated, who is stranded, trunks, the exchange.
import { html, type TemplateResult } from "lit";
import { outside } from "../ui/outside_text";
import { number, when } from "../ui/format";
import { itemName, needName, roomName, stateName } from "../ui/names";
import { language, t } from "../ui/text";
import { isEscalated, isOfExchange, levelOf } from "./alert_kinds";
import type { Shortage, StateData, StrandedFigures } from "./model";
import { st } from "./text";

/** The key of those who have not said where. */
const UNKNOWN = "unknown";

export interface Row {
  cells: (string | TemplateResult)[];
  tone?: "red" | "amber" | "";
}

export interface List {
  id: string;
  title: string;
  columns: string[];
  rows: Row[];
  empty: string;
}

export function lists(data: StateData): List[] {
  return [
    shortages(data),
    away(data),
    escalated(data),
    stranded(data),
    homes(data),
    inbound(data),
    trunks(data),
    exchange(data),
  ];
}

function shortages(data: StateData): List {
  const rank = (one: Shortage) => (one.item ? (one.days_left ?? Infinity) : 1);
  const rows = data.shortages.slice().sort((a, b) => rank(a) - rank(b));
  return {
    id: "shortages",
    title: st("shortagesTitle"),
    columns: [st("district"), st("item"), st("daysLeft")],
    rows: rows.map((one) => ({
      cells: [
        roomName(one.room),
        one.item ? itemName(one.item) : st("ticketsSay", { need: needName(one.need ?? "") }),
        one.item ? daysLeft(one) : one.times ? st("timesUsual", { n: number(one.times, 1) }) : st("moreThanUsual"),
      ],
      tone: one.level === "alert" ? "red" : "amber",
    })),
    empty: st("nothingShort"),
  };
}

export function daysLeft(one: Shortage): string {
  if (one.days_left === null || one.days_left === undefined) return "–";
  return one.days_left < 1 ? st("runsOutToday") : st("daysLeftValue", { n: number(one.days_left, 1) });
}

function away(data: StateData): List {
  const rows = data.alerts.filter((one) => one.kind === "room-offline").sort((a, b) => a.since.localeCompare(b.since));
  return {
    id: "away",
    title: st("awayTitle"),
    columns: [st("room"), st("since")],
    rows: rows.map((one) => ({ cells: [roomName(one.room), when(one.since)], tone: "amber" })),
    empty: st("nobodyAway"),
  };
}

function escalated(data: StateData): List {
  const rooms = new Set(data.catalogue.rooms.filter((one) => one.level === 1).map((one) => one.id));
  const rows = data.alerts
    .filter((one) => isEscalated(one, rooms))
    .sort((a, b) => levelOf(b) - levelOf(a) || (b.count ?? 0) - (a.count ?? 0));
  return {
    id: "escalated",
    title: st("escalatedTitle"),
    columns: [st("room"), st("what"), st("count"), st("level")],
    rows: rows.map((one) => ({
      cells: [
        roomName(one.room),
        st(`alert_${one.kind}` as "alert_overdue"),
        number(one.count ?? 0),
        t(`level_${levelOf(one)}` as "level_2"),
      ],
      tone: levelOf(one) > 2 ? "red" : "amber",
    })),
    empty: st("nothingEscalated"),
  };
}

function stranded(data: StateData): List {
  return strandedList("stranded", st("strandedTitle"), st("state"), data.outside, stateName);
}

function inbound(data: StateData): List {
  return strandedList("inbound", st("inboundTitle"), st("state"), data.inbound, stateName);
}

function homes(data: StateData): List {
  const room = (id: string) => data.districts.find((one) => one.id === id)?.room ?? id;
  return strandedList("homes", st("homesTitle"), st("district"), data.homes, (id) => roomName(room(id)));
}

function strandedList(
  id: string,
  title: string,
  place: string,
  figures: ReadonlyMap<string, StrandedFigures>,
  name: (id: string) => string,
): List {
  const rows = [...figures].sort(([, a], [, b]) => b.people - a.people);
  return {
    id,
    title,
    columns: [place, st("groups"), st("people"), st("notReached")],
    rows: rows.map(([key, one]) => ({
      cells: [
        key === UNKNOWN ? st("placeUnknown") : name(key),
        number(one.count),
        number(one.people),
        number(one.waiting),
      ],
    })),
    empty: st("nobodyStranded"),
  };
}

function trunks(data: StateData): List {
  return {
    id: "trunks",
    title: st("trunksTitle"),
    columns: [st("trunk"), st("inUse"), st("condition")],
    rows: [...data.trunks.values()].map((one) => ({
      cells: [one.trunk, `${number(one.in_use)} / ${number(one.bought)}`, st(`trunk_${one.state}`)],
      tone: one.state === "down" ? "red" : "",
    })),
    empty: st("noTrunks"),
  };
}

function exchange(data: StateData): List {
  const rows = data.alerts.filter(isOfExchange);
  return {
    id: "exchange",
    title: st("exchangeTitle"),
    columns: [st("what"), st("since")],
    rows: rows.map((one) => {
      const what = (language() === "hi" ? one.what_hi : one.what) || one.what || one.kind;
      return { cells: [html`${outside(what, 160)}`, when(one.since)], tone: "red" };
    }),
    empty: st("exchangeGood"),
  };
}

export function listTable(list: List, rows: readonly Row[] = list.rows): TemplateResult {
  if (!list.rows.length) return html`<p class="nothing">${list.empty}</p>`;
  return html`<table class="figures list">
    <thead><tr>${list.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
    <tbody>
      ${rows.map(
        (row) => html`<tr class=${row.tone ?? ""}>
          ${row.cells.map((cell, at) => (at ? html`<td>${cell}</td>` : html`<th scope="row">${cell}</th>`))}
        </tr>`,
      )}
    </tbody>
  </table>`;
}
