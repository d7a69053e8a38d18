// The supervisor's list: every operator, how each stands, and what one can do.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../../link/clock";
import { confirmDialog } from "../../ui/dialog";
import { duration } from "../../ui/format";
import type { Console } from "../console";
import type { OperatorRow } from "../shapes";
import { pauseReason, w } from "../text";
import { asPhone, panel } from "./parts";

export function supervisor(console: Console): TemplateResult | typeof nothing {
  if (!console.supervises) return nothing;
  const rows = console.operators.filter(([id]) => id !== console.me);
  const body = rows.length
    ? html`<ul class="operators">${rows.map(([id, row]) => operator(console, id, row))}</ul>`
    : html`<p class="muted small">${w("noOperators")}</p>`;
  return panel("operators", w("operators"), rows.length || null, body);
}

function operator(console: Console, id: string, { state, call }: OperatorRow): TemplateResult {
  const [kind, words] = standing({ state, call });
  const watched = state?.supervised_by === console.me ? console.supervising : "";
  const act = (label: string, run: () => void, on = false) =>
    html`<button type="button" class=${on ? "on" : ""} aria-pressed=${on} @click=${run}>${label}</button>`;
  return html`<li data-operator=${id}>
    <p><b>${id}</b> <bdi>${state?.name ?? ""}</bdi> <span class="chip ${kind}">${words}</span>
      ${state?.telephone && state.telephone !== "registered" ? html`<span class="chip red">${w("telephoneAbsent")}</span>` : nothing}</p>
    ${call
      ? html`<p class="small"><bdi>${asPhone(call.caller)}</bdi> · ${call.helpline} ·
            <span class="numeric">${duration(Math.max(0, serverNow() - 1_000 * call.since))}</span></p>
          ${call.ringing ? nothing : html`<p class="acts">
            ${act(w("listen"), () => void console.supervise(id, "listen"), watched === "listen")}
            ${act(w("whisper"), () => void console.supervise(id, "whisper"), watched === "whisper")}
            ${act(w("joinCall"), () => void console.supervise(id, "join"), watched === "join")}
            ${act(w("takeOver"), () => void console.takeOver(id))}
          </p>`}`
      : nothing}
    ${state?.present
      ? html`<p class="acts">
          ${state.paused ? nothing : act(w("forcePause"), () => void console.forcePause(id))}
          ${act(w("forceLogOut"), () => void askLogOut(console, id))}
        </p>`
      : nothing}
  </li>`;
}

async function askLogOut(console: Console, id: string): Promise<void> {
  if (await confirmDialog(() => `${w("forceLogOut")}: ${id}`, () => id, () => w("forceLogOut"))) await console.forceLogOut(id);
}

function standing({ state, call }: OperatorRow): [string, string] {
  if (call) return ["blue", call.ringing ? w("ringing") : w("inCall")];
  if (!state?.present) return ["", w("loggedOut")];
  if (state.paused) return ["amber", `${w("paused")}: ${pauseReason(state.paused)}`];
  return ["green", w("free")];
}
