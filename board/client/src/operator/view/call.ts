// The call in hand: who, how it stands, and a button with a key for each thing one can do with it.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../../link/clock";
import { openDialog } from "../../ui/dialog";
import { duration } from "../../ui/format";
import { named } from "../../ui/text";
import type { ConsoleKeys } from "../call_keys";
import { type Console, LINE_104, LINE_181 } from "../console";
import { w } from "../text";
import { asPhone, chooseByDigit, keyButton, panel } from "./parts";

export function callPanel(console: Console, keys: ConsoleKeys): TemplateResult {
  const { call, telephone, form } = console;
  if (call?.ringing || (telephone.state.ringing && !call)) return ringingPanel(console, keys);
  if (!call) {
    const talking = telephone.state.talking;
    return panel("call", w("call"), null, html`
      <p class="call-state">${form.call ? w("callEnded") : w("noCall")}</p>
      <p class="muted">${idle(console)}</p>
      ${talking ? html`<div class="controls">${keyButton(keys.hangUp, w("hangUp"), { kind: "danger" })}</div>` : nothing}`);
  }
  return panel("call", w("call"), null, html`
    <p class="call-state ${console.mode}" role="status" data-mode=${console.mode}>${how(console)}</p>
    <p class="caller"><bdi>${call.caller ? asPhone(call.caller) : w("unknownNumber")}</bdi></p>
    <p class="muted small">
      ${call.helpline} · ${console.queueName(call.queue)} · ${w("waited", { time: duration(1_000 * call.waited_s) })} ·
      <b class="numeric">${duration(Math.max(0, serverNow() - 1_000 * call.since))}</b>
    </p>
    ${console.recordingPaused ? html`<p class="chip amber">${w("recordingPaused")}</p>` : nothing}
    ${controls(console, keys)}`, "live");
}

/** A telephone beside the screen has its own keys. */
function ringingPanel(console: Console, keys: ConsoleKeys): TemplateResult {
  const { call, telephone } = console;
  const inBrowser = telephone.state.ringing;
  const number = call?.caller ?? inBrowser?.number ?? "";
  return panel("call", w("call"), null, html`
    <p class="call-state ringing" role="alert" data-mode="ringing">${w("ringing")}</p>
    <p class="caller"><bdi>${asPhone(number) || w("unknownNumber")}</bdi></p>
    ${call ? html`<p class="muted small">${call.helpline} · ${console.queueName(call.queue)}</p>` : nothing}
    ${inBrowser
      ? html`<div class="controls">
          ${keyButton(keys.answer, w("answer"), { kind: "primary big" })} ${keyButton(keys.hangUp, w("hangUp"))}
        </div>`
      : nothing}`, "ringing");
}

function idle({ state }: Console): string {
  if (!state?.present) return w("noCallLoggedOut");
  return state.paused ? w("noCallPaused") : w("noCallReady");
}

function how(console: Console): string {
  return w(console.mode, { who: console.othersNamed });
}

function controls(console: Console, keys: ConsoleKeys): TemplateResult {
  const { mode, telephone } = console;
  const two = mode === "talking";
  const asks = mode === "consulting" || mode === "calling";
  const holdLabel = asks ? w("takeBack") : mode === "held" ? w("resume") : w("hold");
  return html`<div class="controls">
    ${keyButton(keys.danger, w("danger"), { kind: "alarm wide", title: w("dangerSure") })}
    ${keyButton(keys.hold, holdLabel, { enabled: mode !== "conference" })}
    ${console.hasBrowserTelephone
      ? keyButton(keys.mute, telephone.state.muted ? w("unmute") : w("mute"), { kind: telephone.state.muted ? "on" : "" })
      : nothing}
    ${keyButton(keys.ask104, w("call104"), { enabled: two })} ${keyButton(keys.ask181, w("call181"), { enabled: two })}
    ${keyButton(keys.askRoom, w("callRoom"), { enabled: two })} ${keyButton(keys.transfer, w("transfer"), { enabled: two })}
    ${keyButton(keys.join, w("join"), { enabled: mode === "consulting" })}
    ${keyButton(keys.leave, w("leave"), { enabled: mode === "consulting" || mode === "conference" })}
    ${keyButton(keys.record, console.recordingPaused ? w("recordResume") : w("recordPause"))}
    ${keyButton(keys.hangUp, w("hangUp"), { kind: "danger" })}
  </div>`;
}

/** Choose where the caller goes without being announced; one key each. */
export function askTransfer(console: Console): void {
  const room = console.districtRoom;
  const district = console.catalogue.districts.find((one) => one.room === room);
  const ways: [string, string][] = [
    [LINE_104, w("to104")],
    [LINE_181, w("to181")],
    ...(room ? [[`room-${room}`, w("toRoom", { name: named(district, room) })] as [string, string]] : []),
    ...console.queues.map(([queue]) => [`queue-${queue}`, w("toQueue", { name: console.queueName(queue) })] as [string, string]),
  ];
  void openDialog(
    {
      title: () => w("transferTo"),
      body: (dialog) => html`<div class="choices">
        ${ways.map(
          ([destination, name], at) => html`<button
            type="button"
            class="keyed"
            ?autofocus=${at === 0}
            @click=${() => {
              dialog.close();
              void console.transfer(destination);
            }}
          >
            <span>${name}</span>${at < 9 ? html`<kbd aria-hidden="true">${at + 1}</kbd>` : nothing}
          </button>`,
        )}
      </div>`,
    },
    ({ element }) => chooseByDigit(element),
  );
}
