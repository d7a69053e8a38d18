// The strip that cannot be overlooked: ready or paused and why, wrap-up, telephone, microphone, line.
import { html, nothing, type TemplateResult } from "lit";
import { openDialog } from "../../ui/dialog";
import type { ConsoleKeys } from "../call_keys";
import type { Console } from "../console";
import { PAUSES, pauseReason, w } from "../text";
import type { Word } from "../text/en";
import { chooseByDigit, keyButton } from "./parts";

const TELEPHONE: Readonly<Record<string, Word>> = {
  registered: "telephoneRegistered",
  unreachable: "telephoneUnreachable",
  absent: "telephoneAbsent",
};
const MICROPHONE_PROBLEMS: Readonly<Record<string, Word>> = {
  NotAllowedError: "microphoneNotAllowed",
  lost: "microphoneLost",
};

export function statusStrip(console: Console, keys: ConsoleKeys): TemplateResult {
  const { state } = console;
  return html`<div class="strip">
      ${work(console)} ${workButtons(console, keys)} ${telephone(console)} ${microphone(console)} ${quality(console)}
      ${state && state.refused > 0 ? html`<span class="chip amber">${w("refusedCalls", { n: state.refused })}</span>` : nothing}
      <span class="space"></span>
      ${keyButton(keys.entry, w("entry"), { kind: "quiet" })}
      ${state?.present ? html`<button type="button" class="quiet" @click=${() => void console.logOut()}>${w("logOut")}</button>` : nothing}
    </div>
    ${alarms(console)}`;
}

function work(console: Console): TemplateResult {
  const { state, call, wrapUpLeft } = console;
  let [kind, words, mark] = ["off", w("loggedOut"), "○"];
  if (state?.present) [kind, words, mark] = ["ready", w("ready"), "●"];
  if (state?.present && state.paused) [kind, words, mark] = ["paused", `${w("paused")}: ${pauseReason(state.paused)}`, "❚❚"];
  if (call) [kind, words, mark] = ["busy", call.ringing ? w("ringing") : w("inCall"), "☎"];
  return html`<span class="work ${kind}" role="status"><span aria-hidden="true">${mark}</span> ${words}</span>
    ${wrapUpLeft > 0
      ? html`<span class="work wrap-up"><span aria-hidden="true">✎</span> ${w("wrapUp")} <b class="numeric">${w("seconds", { n: wrapUpLeft })}</b></span>`
      : nothing}`;
}

function workButtons(console: Console, keys: ConsoleKeys): TemplateResult {
  const { state, telephone, hasBrowserTelephone } = console;
  const off = hasBrowserTelephone && telephone.state.stage !== "on";
  const ready = state?.present && !state.paused && !off;
  const label = ready ? w("pause") : state?.present && !off ? w("resumeWork") : w("goReady");
  return keyButton(keys.pause, label, { kind: ready ? "" : "primary", enabled: state !== undefined });
}

/** Ask why, and pause; one key for each reason. */
export function askPause(console: Console): void {
  const reasons = Object.keys(PAUSES);
  void openDialog(
    {
      title: () => w("pauseWhy"),
      body: (dialog) => html`<div class="choices">
        ${reasons.map(
          (reason, at) => html`<button
            type="button"
            class="keyed"
            ?autofocus=${at === 0}
            @click=${() => {
              dialog.close();
              void console.pause(reason);
            }}
          >
            <span>${pauseReason(reason)}</span><kbd aria-hidden="true">${at + 1}</kbd>
          </button>`,
        )}
      </div>`,
    },
    ({ element }) => chooseByDigit(element),
  );
}

function telephone(console: Console): TemplateResult {
  const { state } = console;
  const how = state?.telephone ?? "absent";
  const word = TELEPHONE[how] ?? "telephoneAbsent";
  const trip = state?.rtt_ms;
  return html`<span class="chip ${how === "registered" ? "green" : "red"}" data-telephone=${how}>
    <span class="dot" aria-hidden="true"></span>${w("telephone")}: ${w(word)}
    ${how === "registered" && trip ? html`<span class="numeric">${w("roundTrip", { n: Math.round(trip) })}</span>` : nothing}
  </span>`;
}

function microphone(console: Console): TemplateResult | typeof nothing {
  const { microphone } = console.telephone;
  if (!console.hasBrowserTelephone || !microphone.state.open) return nothing;
  const { devices, chosen } = microphone.state;
  const choose = (event: Event) => void microphone.choose((event.target as HTMLSelectElement).value);
  return html`<span class="microphone">
    <wr-level .console=${console}></wr-level>
    ${devices.length > 1
      ? html`<select aria-label=${w("microphone")} @change=${choose}>
          ${devices.map((one) => html`<option value=${one.id} ?selected=${one.id === chosen}>${one.label || w("microphone")}</option>`)}
        </select>`
      : nothing}
  </span>`;
}

function quality(console: Console): TemplateResult | typeof nothing {
  const now = console.telephone.state.quality;
  if (!now) return nothing;
  const loss = Math.max(now.lossIn, now.lossOut);
  return html`<span class="chip ${loss >= 3 ? "red" : loss >= 1 ? "amber" : ""}">
    ${w("quality")}: <span class="numeric">${w("loss", { n: loss.toFixed(loss < 10 ? 1 : 0) })}</span>
    ${now.roundTripMs === null ? nothing : html`<span class="numeric">${w("roundTrip", { n: now.roundTripMs })}</span>`}
  </span>`;
}

/** What must be told at once. */
function alarms(console: Console): TemplateResult {
  const { telephone, state } = console;
  const { microphone } = telephone;
  const found: (TemplateResult | typeof nothing)[] = [];
  const alarm = (kind: string, text: string) => html`<div class="banner ${kind}" role="alert"><strong>${text}</strong></div>`;
  if (microphone.state.problem) {
    found.push(alarm("red", w(MICROPHONE_PROBLEMS[microphone.state.problem] ?? "microphoneMissing")));
  }
  if (telephone.state.talking && !telephone.state.muted && microphone.state.silent) found.push(alarm("red", w("notHeard")));
  if (telephone.state.stage === "elsewhere") found.push(alarm("amber", w("telephoneElsewhere")));
  if (telephone.state.refused) found.push(alarm("red", w("telephoneRefused")));
  if (telephone.state.soundOff) {
    found.push(html`<div class="banner red" role="alert">
      <button type="button" class="sound off" @click=${() => telephone.unblockSound()}>${w("soundOff")}</button>
    </div>`);
  }
  if (state?.supervised_by) {
    const words = w("supervisedBy", { who: state.supervised_by });
    found.push(html`<div class="banner supervised" role="status"><strong>${words}</strong></div>`);
  }
  if (console.notice) {
    found.push(html`<div class="banner amber" role="alert">
      <strong>${console.notice}</strong>
      <button type="button" @click=${() => console.tell("")}>${w("close")}</button>
    </div>`);
  }
  return html`${found}`;
}
