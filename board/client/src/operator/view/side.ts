// Beside and below: what to ask first, unfinished forms, calls to call back, queues.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../../link/clock";
import { ago, clock, duration } from "../../ui/format";
import { language } from "../../ui/text";
import type { Need } from "../catalogue";
import type { ConsoleKeys } from "../call_keys";
import type { Console } from "../console";
import { w } from "../text";
import { asPhone, panel } from "./parts";

export function questions(console: Console): TemplateResult {
  const need = (console.catalogue.needs as Need[]).find(({ id }) => id === console.form.draft.need);
  const own = language() === "hi" ? need?.question_hi : need?.question;
  const other = language() === "hi" ? need?.question : need?.question_hi;
  const body = own
    ? html`<p class="ask">${own}</p><p class="muted small" lang=${language() === "hi" ? "en" : "hi"}>${other}</p>`
    : html`<p class="muted small">${w("questionsEmpty")}</p>`;
  return panel("questions", w("questions"), null, body);
}

export function unfinished(console: Console): TemplateResult | typeof nothing {
  const { form } = console;
  if (!form.unfinished.length) return nothing;
  return panel("unfinished", w("unfinished"), form.unfinished.length, html`<ul class="rows">
    ${form.unfinished.map(
      ({ key, draft }) => html`<li>
        <span class="grow">${console.needName(draft.need)} <span class="muted small"><bdi>${asPhone(draft.phone)}</bdi> ${draft.at ? clock(draft.at) : ""}</span></span>
        <button type="button" @click=${() => void form.reopen(key)}>${w("reopen")}</button>
        <button type="button" class="quiet" @click=${() => void form.throwAway(key)}>${w("throwAway")}</button>
      </li>`,
    )}
  </ul>`, "warm");
}

export function callbacks(console: Console, keys: ConsoleKeys): TemplateResult {
  const rows = console.callbacks;
  const first = rows.find(([, one]) => !one.taken_by)?.[0];
  const body = rows.length
    ? html`<ul class="rows stacked">
        ${rows.map(
          ([id, one]) => html`<li data-callback=${id}>
            <span class="grow"><bdi>${asPhone(one.phone)}</bdi>
              <span class="muted small">${w(one.reason)} · ${ago(one.since)}
                ${one.calls > 1 ? html`· ${w("timesCalled", { n: one.calls })}` : nothing}
                ${one.attempts ? html`· ${w("timesTried", { n: one.attempts })}` : nothing}</span></span>
            ${one.taken_by && one.taken_by !== console.me
              ? html`<span class="chip blue">${w("takenBy", { who: one.taken_by })}</span>`
              : html`<button type="button" class="keyed" @click=${() => void console.takeCallback(id)}>
                    <span>${w("takeCallback")}</span>${id === first ? html`<kbd aria-hidden="true">${keys.callback.key}</kbd>` : nothing}
                  </button>
                  <button type="button" class="quiet" @click=${() => void console.dropCallback(id)}>${w("dropCallback")}</button>`}
          </li>`,
        )}
      </ul>`
    : html`<p class="muted small">${w("noCallbacks")}</p>`;
  return panel("callbacks", w("callbacks"), rows.length || null, body, rows.length ? "warm" : "");
}

export function queues(console: Console): TemplateResult {
  const own = new Set(console.state?.queues ?? []);
  const rows = console.queues.filter(([name, one]) => one.waiting > 0 || own.has(name));
  const body = rows.length
    ? html`<table class="queues">
        ${rows.map(
          ([name, one]) => html`<tr class=${one.waiting ? "busy" : ""}>
            <th scope="row">${console.queueName(name)}</th>
            <td class="numeric">${one.waiting || w("nobodyWaits")}</td>
            <td class="numeric muted">${one.waiting_since ? duration(serverNow() - Date.parse(one.waiting_since)) : ""}</td>
          </tr>`,
        )}
      </table>`
    : html`<p class="muted small">${w("noQueues")}</p>`;
  return panel("queues", w("queues"), null, body);
}
