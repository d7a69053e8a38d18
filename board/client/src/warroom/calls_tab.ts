// Conversations going on, as `warroom call-control list` has them; two of them are bridged into one conference.
import { html, nothing, type TemplateResult } from "lit";
import type { Reply, Value } from "../link/frames";
import { newId } from "../link/outbox";
import { helplineName } from "../state/lines";
import { serverNow } from "../link/clock";
import { failure, getJson } from "../ui/api";
import { confirmDialog } from "../ui/dialog";
import { LightElement } from "../ui/element";
import { clockSeconds, telephone } from "../ui/format";
import { addKeys, kbd } from "../ui/keys";
import { roomName } from "../ui/names";
import { scrolls } from "../ui/scrolls";
import { reasonOf, t } from "../ui/text";
import { OPERATOR, type WarroomDesk } from "./desk";
import { wt } from "./text";

const ASK_MS = 3_000; // a conversation is shown about as soon as it begins

interface Party {
  leg: string;
  who: string;
  speaks: boolean;
}

interface Call {
  call: string;
  ticket: string;
  helpline: string;
  parties: Party[];
}

/** `GET /api/calls`: a call that goes on, also one in the menu or a queue. */
interface Caller {
  uniqueid: string;
  arrived: number;
  direction: string;
  helpline: string;
  caller: string | null;
  trunk: string;
}

/** `<wr-calls .desk=… .show=…>`. */
export class CallsTab extends LightElement {
  static override properties = {
    desk: { attribute: false },
    show: { attribute: false },
    calls: { state: true },
    chosen: { state: true },
    problem: { state: true },
    callers: { state: true },
    asOf: { state: true },
  };
  declare desk: WarroomDesk;
  /** Shows a ticket. */
  declare show: (number: string) => void;
  declare calls: readonly Call[] | undefined;
  declare chosen: readonly string[];
  declare problem: string;
  /** All calls, as they were when somebody asked: who sees telephone numbers stands in the audit log. */
  declare callers: readonly Caller[] | undefined;
  declare asOf: number;
  private asked = "";

  constructor() {
    super();
    this.chosen = [];
    this.problem = "";
    this.asOf = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { link } = this.desk.page;
    const timer = setInterval(() => this.ask(), ASK_MS);
    this.follow(
      link.replies.add((reply) => this.take(reply)),
      addKeys({ key: "B", name: () => wt("keyBridge"), when: () => this.chosen.length === 2, run: () => void this.bridge() }, { key: "G", name: () => wt("listAll"), run: () => void this.list() }),
      () => clearInterval(timer),
    );
    this.ask();
  }

  override render(): TemplateResult {
    const { calls } = this;
    return html`<section class="page fades" aria-label=${wt("tabCalls")}>
      <div class="row">
        <h2>${wt("callsTitle")} ${calls ? html`<span class="count">${calls.length}</span>` : nothing}</h2>
        <span class="space"></span>
        <button type="button" class="primary" ?disabled=${this.chosen.length !== 2} @click=${() => void this.bridge()}>
          ${wt("bridge")} ${kbd("B")}
        </button>
      </div>
      ${this.problem ? html`<p class="note" role="alert">${wt("callsTrouble", { why: this.problem })}</p>` : nothing}
      ${calls?.length ? html`<p class="muted">${wt("callsHelp")}</p>${this.table(calls)}` : html`<p class="empty">${calls ? wt("callsNone") : t("loading")}</p>`}
      ${this.everybody()}
    </section>`;
  }

  private table(calls: readonly Call[]): TemplateResult {
    const table = html`<table class="figures list calls">
      <thead><tr>${[wt("choose"), wt("helpline"), wt("parties"), wt("ticketColumn")].map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
      <tbody>
        ${calls.map(
          (one) => html`<tr aria-selected=${this.chosen.includes(one.call)}>
            <td>
              <label class="check"><input type="checkbox" aria-label="${wt("choose")}: ${this.parties(one)}"
                .checked=${this.chosen.includes(one.call)} @change=${() => this.choose(one.call)} /></label>
            </td>
            <td>${helplineName(one.helpline)}</td>
            <td>
              <ul class="lines">
                ${one.parties.map((party) => html`<li class="row">
                  <bdi>${party.speaks ? partyName(party) : wt("waitsParty", { who: partyName(party) })}</bdi>
                  <button type="button" class="quiet" aria-label="${wt("dropLeg")}: ${partyName(party)}" @click=${() => void this.drop(one, party)}>✕</button>
                </li>`)}
              </ul>
            </td>
            <td>
              ${one.ticket ? html`<button type="button" class="link numeric" @click=${() => this.show(one.ticket)}>${one.ticket}</button>` : "–"}
            </td>
          </tr>`,
        )}
      </tbody>
    </table>`;
    return scrolls(wt("callsTitle"), table);
  }

  private everybody(): TemplateResult {
    const { callers } = this;
    return html`<div class="row">
        <h2>${wt("allCalls")} ${callers ? html`<span class="count">${callers.length}</span> <span class="chip">${t("asOf", { time: clockSeconds(this.asOf) })}</span>` : nothing}</h2>
        <span class="space"></span>
        <button type="button" @click=${() => void this.list()}>${wt(callers ? "listAgain" : "listAll")} ${kbd("G")}</button>
      </div>
      ${callers?.length
        ? scrolls(wt("allCalls"), html`<table class="figures list">
            <thead><tr>${[wt("helpline"), wt("callerColumn"), wt("trunkColumn"), wt("sinceColumn")].map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
            <tbody>
              ${callers.map(
                (one) => html`<tr>
                  <th scope="row">${one.direction === "out" ? wt("weCall") : helplineName(one.helpline)}</th>
                  <td class="numeric">${one.caller ? telephone(one.caller) : "–"}</td>
                  <td>${one.trunk}</td>
                  <td>${clockSeconds(one.arrived / 1_000)}</td>
                </tr>`,
              )}
            </tbody>
          </table>`)
        : callers
          ? html`<p class="empty">${wt("noCalls")}</p>`
          : html`<p class="muted">${wt("allCallsHelp")}</p>`}`;
  }

  private async list(): Promise<void> {
    try {
      this.callers = (await getJson<{ calls: Caller[] }>("/api/calls")).calls;
      this.asOf = serverNow();
      this.problem = "";
    } catch (error) {
      this.problem = failure(error);
    }
  }

  private parties(call: Call): string {
    return call.parties.map(partyName).join(", ");
  }

  private choose(call: string): void {
    this.chosen = this.chosen.includes(call) ? this.chosen.filter((one) => one !== call) : [...this.chosen, call].slice(-2);
  }

  private async bridge(): Promise<void> {
    const [one, other] = this.chosen.map((id) => this.calls?.find((call) => call.call === id));
    if (!one || !other) return;
    const agreed = await confirmDialog(
      () => wt("confirmBridge"),
      () => wt("confirmBridgeText", { one: this.parties(one), other: this.parties(other) }),
      () => wt("bridge"),
    );
    if (!agreed) return;
    const reply = await this.desk.call({ action: "merge", call: one.call, other: other.call });
    if (reply.accepted) this.chosen = [];
    this.ask();
  }

  private async drop(call: Call, party: Party): Promise<void> {
    const who = partyName(party);
    if (!(await confirmDialog(() => wt("confirmDrop", { who }), () => wt("confirmDropText"), () => wt("dropLeg")))) return;
    await this.desk.call({ action: "drop", call: call.call, leg: party.leg });
    this.ask();
  }

  /** Asks for the calls; a question changes nothing, so that it does not go by the outbox. */
  private ask(): void {
    const { link } = this.desk.page;
    if (document.hidden || !link.fresh) return;
    this.asked = newId();
    const command: Value = { command_id: this.asked, action: "calls" };
    link.send({ type: "command", to: OPERATOR, command });
  }

  private take(reply: Reply): void {
    if (reply.command_id !== this.asked) return;
    this.problem = reply.accepted ? "" : reasonOf(reply);
    if (!reply.accepted) return;
    this.calls = reply.data.calls as Call[];
    this.chosen = this.chosen.filter((id) => this.calls?.some((call) => call.call === id));
  }
}
customElements.define("wr-calls", CallsTab);

function partyName(party: Party): string {
  if (party.who === "citizen") return wt("citizen");
  const [, kind, id = ""] = /^(operator|line|room)-(.+)$/.exec(party.who) ?? [];
  if (kind === "operator") return wt("operatorParty", { id });
  return kind === "room" ? roomName(id) : kind === "line" ? helplineName(id) : party.who;
}
