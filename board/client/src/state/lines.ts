// Telephone lines against what was bought, callers who wait, and today against yesterday.
import { html, nothing, svg, type TemplateResult } from "lit";
import { serverNow } from "../link/clock";
import { duration, number } from "../ui/format";
import { roomName } from "../ui/names";
import type { DayFigures, LineFigures, StateData } from "./model";
import { st } from "./text";

const SHOWN = 6; // helplines: more leave a wall no room for its lists
const LONG_WAIT_MS = 60_000; // a caller who has waited so long often hangs up

export function helplineName(id: string): string {
  if (id === "warroom" || id === "district" || id === "unknown") return st(`helpline_${id}`);
  return id.startsWith("district-") ? roomName(id) : id;
}

export function lines(data: StateData): TemplateResult {
  const all = data.lines.get("all");
  const helplines = [...data.lines]
    .filter(([id, one]) => id !== "all" && (one.bought > 0 || one.in_use > 0))
    .sort(([, a], [, b]) => b.in_use - a.in_use)
    .slice(0, SHOWN);
  const reports = [...data.nodes.values()].some((node) => node.state === "online" && node.asterisk);
  return html`<section class="box line-box">
    <h2>${st("lines")}</h2>
    ${reports ? nothing : html`<p class="chip red">${st("exchangeAway")}</p>`}
    <p class="big"><strong>${number(all?.in_use ?? 0)}</strong> <span>${st("of", { n: number(all?.bought ?? 0) })}</span></p>
    ${bar(all)}
    <dl class="bars">
      ${helplines.map(
        ([id, one]) => html`<div>
          <dt>${helplineName(id)}</dt>
          <dd><span>${number(one.in_use)} / ${number(one.bought)}</span>${bar(one)}</dd>
        </div>`,
      )}
    </dl>
    ${helplines.some(([, one]) => one.shared) ? html`<p class="note-small">${st("sharedLines")}</p>` : nothing}
  </section>`;
}

function bar(figures: LineFigures | undefined): TemplateResult {
  const share = figures?.bought ? Math.min(1, figures.in_use / figures.bought) : 0;
  const tone = share >= 0.9 ? "full" : share >= 0.7 ? "high" : "";
  return html`<svg class="bar-line ${tone}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<rect class="ground" width="100" height="4" rx="1"></rect><rect class="fill" width=${100 * share} height="4" rx="1"></rect>`}
  </svg>`;
}

export function waiting(data: StateData): TemplateResult {
  const all = data.lines.get("all");
  const count = all?.waiting ?? 0;
  const longest = all?.waiting_since ? serverNow() - Date.parse(all.waiting_since) : 0;
  const free = Math.max(0, ...[...data.queues.values()].map((queue) => queue.free));
  return html`<section class="box waiting ${longest >= LONG_WAIT_MS ? "alarm" : ""}">
    <h2>${st("waiting")}</h2>
    <p class="big">
      <strong>${number(count)}</strong>
      <span>${count ? st("longest", { time: minutesSeconds(longest) }) : st("nobodyWaits")}</span>
    </p>
    ${data.queues.size ? html`<p class="note-small">${st("freeOperators", { n: free })}</p>` : nothing}
  </section>`;
}

/** `1:34`: seconds count for somebody who waits at the telephone. */
function minutesSeconds(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function transcription(data: StateData): TemplateResult {
  const backlog = data.transcription;
  const oldest = backlog?.oldest ? serverNow() - Date.parse(backlog.oldest) : 0;
  return html`<section class="box transcription">
    <h2>${st("transcription")}</h2>
    <p class="big">
      <strong>${backlog ? number(backlog.waiting) : "–"}</strong>
      ${backlog?.oldest ? html`<span>${st("oldest", { time: duration(oldest) })}</span>` : nothing}
    </p>
  </section>`;
}

export function today(data: StateData): TemplateResult {
  const totals = data.totals;
  const rows: (keyof DayFigures)[] = ["calls", "answered", "tickets"];
  const shown = (value: number | undefined) => (value === undefined ? "–" : number(value));
  return html`<section class="box today">
    <table class="figures">
      <thead>
        <tr>
          <td></td>
          <th scope="col">${st("today")}</th>
          <th scope="col">${st("yesterdayNow")}</th>
          <th scope="col">${st("change")}</th>
          <th scope="col">${st("yesterdayAll")}</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr>
            <th scope="row">${st(row)}</th>
            <td class="strong">${shown(totals?.today[row])}</td>
            <td>${shown(totals?.yesterday_by_now[row])}</td>
            <td>${change(totals?.today[row], totals?.yesterday_by_now[row])}</td>
            <td>${shown(totals?.yesterday[row])}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function change(now: number | undefined, before: number | undefined): string {
  if (now === undefined || !before) return "–";
  const percent = Math.round((100 * (now - before)) / before);
  return percent > 0 ? `▲ ${number(percent)} %` : percent < 0 ? `▼ ${number(-percent)} %` : "0 %";
}
