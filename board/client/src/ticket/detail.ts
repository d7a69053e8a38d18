// A ticket in full: fields, what was said, history, earlier tickets of the caller, and all that may be done with it.
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Ticket, TicketDetail } from "../link/model";
import type { Pending } from "../link/outbox";
import { failure, getJson } from "../ui/api";
import { LightElement } from "../ui/element";
import { telephone, when } from "../ui/format";
import { DraftForm } from "../ui/form";
import { kbd } from "../ui/keys";
import { deskName, districtName, needName, roomName, stateName, textOf } from "../ui/names";
import { CUT, visible } from "../ui/outside_text";
import "../ui/pictures";
import { named, t } from "../ui/text";
import { priorityChip, timeChip } from "../ui/ticket_card";
import { type Action, actionKey, AT_ONCE, FOR_CLUSTERS, KEYS } from "./actions";
import { changesOf, correctFields, errorsOf, fieldsOf } from "./correct";
import { type Desk, stageName } from "./desk";
import { askFor, MAX_TOLD } from "./dialogs";
import { historyLine } from "./history";
import type { RecordingPlayer } from "./recording";
import "./recording";
import { tt } from "./text";

const DANGEROUS: readonly Action[] = ["propose-reject", "accept-reject", "withdraw"];
const REFRESH_MS = 800; // versions come in bursts: a command, its escalation, its transcript
const UNSURE = 0.6;
const SHORT = 80; // characters of a name before "more"

/** `<wr-ticket .desk=… .number=… .close=… .show=…>`. */
export class TicketView extends LightElement {
  static override properties = {
    desk: { attribute: false },
    number: { attribute: false },
    close: { attribute: false },
    show: { attribute: false },
    detail: { state: true },
    problem: { state: true },
    form: { state: true },
    note: { state: true },
  };
  declare desk: Desk;
  declare number: string;
  declare close: () => void;
  /** Opens another ticket. */
  declare show: (number: string) => void;
  declare detail: TicketDetail | undefined;
  declare problem: string;
  /** Open while fields are put right. */
  declare form: DraftForm | undefined;
  declare note: DraftForm | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private shownVersion = 0;

  constructor() {
    super();
    this.problem = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { link, outbox } = this.desk.page;
    const redraw = () => this.requestUpdate();
    this.follow(
      link.store.news.add((news) => (!news.change || news.change.key === this.number) && this.changed()),
      outbox.changed.add(redraw),
      outbox.undone.add((pending) => this.giveBack(pending)),
      outbox.answered.add(({ pending, reply }) => {
        const frame = pending.frame;
        if (!reply.accepted) this.giveBack(pending);
        if (reply.accepted && frame.type === "command" && frame.command.ticket === this.number) void this.load();
      }),
    );
  }

  override willUpdate(changed: PropertyValues): void {
    if (!changed.has("number")) return;
    this.detail = undefined;
    this.form = undefined;
    this.note = undefined;
    this.problem = "";
    void this.load();
    void this.restore(this.number);
  }

  /** Does an action as its key does; a note that was typed here goes along. */
  act(action: Action): void {
    const ticket = this.ticket;
    if (!ticket || !this.desk.possible(ticket).includes(action)) return;
    if (action === "correct") return void this.correct();
    const note = this.note?.value("note").trim() ?? "";
    const told = FOR_CLUSTERS.includes(action) ? (this.note?.value("for_citizen").trim() ?? "") : "";
    if (action === "call-citizen") return void this.desk.give(action, ticket);
    if (!AT_ONCE.includes(action) && !(action === "note" && (note || told))) return void askFor(action, this.desk, ticket);
    const along = { ...(note ? { note } : {}), ...(told ? { for_citizen: told } : {}) };
    const any = !!(note || told);
    void this.desk.give(action, ticket, along, any ? this.note?.kept : undefined);
    if (any) this.note?.blank();
  }

  /** Plays or stops the newest recording. */
  listen(): void {
    [...this.querySelectorAll<RecordingPlayer>("wr-recording")].at(-1)?.toggle();
  }

  private get ticket(): Ticket | undefined {
    return this.desk.find(this.number) ?? this.detail?.ticket;
  }

  private changed(): void {
    this.requestUpdate();
    const version = this.desk.find(this.number)?.version ?? 0;
    if (version === this.shownVersion) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(), REFRESH_MS);
  }

  private async load(): Promise<void> {
    const number = this.number;
    try {
      const detail = await getJson<TicketDetail>(`/api/tickets/${number}`);
      if (number !== this.number) return;
      this.detail = detail;
      this.shownVersion = detail.ticket.version;
      this.problem = "";
    } catch (error) {
      if (number === this.number) this.problem = failure(error);
    }
  }

  /** Opens what was typed here before: the note, and the form if it was left open. */
  private async restore(number: string): Promise<void> {
    const { drafts } = this.desk.page;
    const redraw = () => this.requestUpdate();
    this.note = new DraftForm(drafts, `with/${number}`, {}, redraw);
    const given = this.desk.page.outbox.pending.some((one) => one.draft?.key === `correct/${number}`);
    const draft = given ? undefined : await drafts.load(`correct/${number}`);
    if (draft && number === this.number) await this.correct();
  }

  /** Shows again what was typed for a command that came to nothing. */
  private giveBack({ draft }: Pending): void {
    if (draft?.key === `with/${this.number}`)
      for (const name of ["note", "for_citizen"]) if (!this.note?.value(name)) this.note?.set(name, draft.fields[name] ?? "");
    if (draft?.key === `correct/${this.number}`) void this.correct();
  }

  private async correct(): Promise<void> {
    const ticket = this.ticket;
    if (!ticket || this.form) return;
    const key = `correct/${this.number}`;
    this.form = new DraftForm(this.desk.page.drafts, key, fieldsOf(ticket), () => this.requestUpdate());
    await this.updateComplete;
    this.querySelector<HTMLElement>(".fields [autofocus]")?.focus();
  }

  private save(event: Event): void {
    event.preventDefault();
    const { form, ticket } = this;
    if (!form || !ticket) return;
    const errors = errorsOf(form.fields);
    if (Object.keys(errors).length) return form.fail(errors, this);
    const changes = changesOf(ticket, form.fields);
    if (Object.keys(changes).length) {
      void this.desk.give("correct", ticket, { changes }, form.kept);
    } else form.discard();
    this.form = undefined;
  }

  override render(): TemplateResult {
    const ticket = this.ticket;
    const close = html`<button type="button" class="quiet" @click=${this.close}><span aria-hidden="true">✕</span><span class="hidden-visually">${t("close")}</span> ${kbd("Esc")}</button>`;
    if (!ticket) {
      return html`<section class="detail" aria-label=${tt("ticket", { number: this.number })}>
        <header><h2 class="numeric">${this.number}</h2>${close}</header>
        <p class="body">${this.problem || t("loading")}</p>
      </section>`;
    }
    const ours = this.desk.possible(ticket).length > 0;
    return html`<section class="detail" aria-label=${tt("ticket", { number: this.number })}>
      <header>
        <div>
          <h2>${needName(ticket.service_code)}</h2>
          <p class="chips">
            <span class="numeric">${this.number}</span>
            <span class="chip">${stageName(ticket)}</span>
            ${priorityChip(ticket)}
            ${timeChip(ticket)}
          </p>
        </div>
        ${close}
      </header>
      ${ours ? this.actions(ticket) : html`<p class="note">${!this.desk.commands ? tt("viewOnly") : this.desk.find(this.number) ? tt("copyOf", { room: roomName(ticket.room) }) : tt("gone")}</p>`}
      <div class="body" tabindex="0">
        ${this.said(ticket)} ${this.photographs()} ${this.form ? this.correcting(this.form) : this.fields(ticket)} ${this.notes(ticket)}
        ${this.history()} ${this.earlier()}
        ${this.problem ? html`<p class="note">${this.problem} <button type="button" @click=${() => void this.load()}>${t("tryAgain")}</button></p>` : nothing}
      </div>
    </section>`;
  }

  private actions(ticket: Ticket): TemplateResult {
    const next = this.desk.next(ticket);
    const possible = this.desk.possible(ticket);
    return html`<div class="actions">
      ${possible.map(
        (action) => html`<button type="button" class=${action === next ? "primary" : DANGEROUS.includes(action) ? "danger" : ""}
          @click=${() => this.act(action)}>${tt(actionKey(action))} ${kbd(KEYS[action])}</button>`,
      )}
      ${this.note ? html`<div class="along">${this.note.field("note", tt("noteAlong"), { max: 2_000 })}
        ${this.note.field("for_citizen", tt("toldAlong"), { max: MAX_TOLD })}</div>` : nothing}
    </div>`;
  }

  private correcting(form: DraftForm): TemplateResult {
    const cancel = () => {
      form.discard();
      this.form = undefined;
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      (event.target as HTMLElement).blur();
    };
    return html`<form class="correct" @submit=${(event: Event) => this.save(event)} @keydown=${escape}>
      ${correctFields(form)}
      <footer>
        <span class="muted small">${tt("savedDraft")}</span>
        <button type="button" @click=${cancel}>${t("cancel")}</button>
        <button type="submit" class="primary">${tt("action_correct")}</button>
      </footer>
    </form>`;
  }

  private fields(ticket: Ticket): TemplateResult {
    const row = (label: string, value: unknown) => (value && !(Array.isArray(value) && !value.length) ? html`<div><dt>${label}</dt><dd>${value}</dd></div>` : nothing);
    const text = (value: string, cut = CUT) => (value ? html`<wr-text .text=${value} .cut=${cut}></wr-text>` : "");
    const limits = `${textOf("channel", ticket.channel)}${ticket.helpline ? ` · ${ticket.helpline}` : ""}`;
    const short = (label: string, value: unknown) => (value ? html`<div class="short"><dt>${label}</dt><dd>${value}</dd></div>` : nothing);
    const phone = ticket.phone ? telephone(ticket.phone) : tt(ticket.channel === "whatsapp" ? "phoneUntold" : "phoneWithheld");
    const back = ticket.callback_wanted && ticket.phone ? html`<br /><span class="muted small">${tt("fieldCallback")}</span>` : nothing;
    const place = ticket.lat === null || ticket.long === null ? "" : `${ticket.lat.toFixed(5)}, ${ticket.long.toFixed(5)}`;
    const merged = ticket.merged_into;
    return html`<dl class="facts">
      ${short(tt("fieldPhone"), html`<span class="numeric">${phone}</span>${back}`)} ${short(tt("fieldName"), text(ticket.name, SHORT))}
      ${short(tt("fieldPeople"), ticket.people ?? "")} ${short(tt("fieldQuantity"), text(ticket.quantity, SHORT))}
      ${row(tt("fieldLandmark"), text(ticket.landmark))} ${row(tt("fieldAddress"), text(ticket.address))}
      ${short(tt("fieldZipcode"), visible(ticket.zipcode))} ${short(tt("fieldDistrict"), ticket.district ? districtName(ticket.district) : "")}
      ${short(tt("fieldState"), ticket.state ? stateName(ticket.state) : "")} ${short(tt("fieldPlace"), place)}
      ${short(tt("fieldHome"), homeOf(ticket))} ${row(tt("fieldWants"), wantsOf(ticket))}
      ${row(tt("fieldStrandedAt"), text(ticket.stranded?.place ?? ""))}
      ${row(tt("fieldDescription"), text(ticket.description))}
      ${row(tt("fieldTold"), text(ticket.for_citizen))}
      ${row(tt("fieldStatus"), text(ticket.status_notes))} ${row(tt("fieldProposed"), text(ticket.proposed_rejection))}
      ${short(tt("fieldExpected"), ticket.expected_datetime ? when(ticket.expected_datetime) : "")}
      ${short(tt("fieldReceived"), when(ticket.requested_datetime))} ${short(tt("fieldUpdated"), when(ticket.updated_datetime))}
      ${short(tt("fieldChannel"), limits)} ${short(tt("fieldDesk"), deskName(ticket.desk))}
      ${row(tt("fieldCopies"), ticket.copies.map((one) => copyName(one)).join(", "))}
      ${short(tt("fieldMerged"), merged ? html`<button type="button" class="link" @click=${() => this.show(merged)}>${merged}</button>` : "")}
      ${row(tt("fieldServed"), ticket.served_by.map((one) => html`<div><bdi>${visible(named(one))}</bdi>${one.phone ? html` <span class="numeric">${visible(one.phone)}</span>` : nothing}</div>`))}
    </dl>`;
  }

  private said(ticket: Ticket): TemplateResult | typeof nothing {
    const recordings = this.detail?.recordings ?? [];
    if (!ticket.recordings.length && !ticket.transcript && !recordings.length) return nothing;
    const spoken = recordings.some((one) => one.words.length);
    const unsure = ticket.transcript_confidence !== null && ticket.transcript_confidence < UNSURE;
    return html`<section>
      <h3>${tt("recordings")} ${kbd("L")}</h3>
      ${recordings.map((one, i) => html`<wr-recording .recording=${one} .index=${i}></wr-recording>`)}
      ${ticket.transcript
        ? spoken ? nothing : html`<wr-text .text=${ticket.transcript}></wr-text>`
        : html`<p class="muted">${tt("transcriptWaits")}</p>`}
      ${ticket.transcript && unsure ? html`<p class="note">${tt("transcriptUnsure")}</p>` : nothing}
      ${ticket.transcript && this.desk.possible(ticket).includes("correct") && !this.form
        ? html`<button type="button" class="link" @click=${() => void this.correct()}>${tt("correctText")}</button>`
        : nothing}
    </section>`;
  }

  private photographs(): TemplateResult | typeof nothing {
    const pictures = this.detail?.pictures;
    if (!pictures?.length) return nothing;
    return html`<section>
      <h3>${t("pictures", { n: pictures.length })}</h3>
      <wr-pictures .ticket=${this.number} .pictures=${pictures}></wr-pictures>
    </section>`;
  }

  private notes(ticket: Ticket): TemplateResult | typeof nothing {
    if (!ticket.notes.length) return nothing;
    return html`<section>
      <h3>${tt("notes")}</h3>
      <ul class="lines">${ticket.notes.map((note) => html`<li><wr-text .text=${note}></wr-text></li>`)}</ul>
    </section>`;
  }

  private history(): TemplateResult | typeof nothing {
    const lines = this.detail?.history;
    if (!lines?.length) return nothing;
    return html`<section>
      <h3>${tt("history")}</h3>
      <ol class="lines history">
        ${[...lines].reverse().map((line) => {
          const { by, what } = historyLine(line);
          return html`<li><time class="numeric muted">${when(line.at)}</time> <strong><bdi>${by}</bdi></strong> <wr-text .text=${what} .cut=${300}></wr-text></li>`;
        })}
      </ol>
    </section>`;
  }

  private earlier(): TemplateResult | typeof nothing {
    const earlier = this.detail?.earlier;
    if (!earlier || !this.ticket?.phone) return nothing;
    return html`<section>
      <h3>${tt("earlier")}</h3>
      ${earlier.length ? nothing : html`<p class="muted">${tt("noEarlier")}</p>`}
      <ul class="lines">
        ${earlier.map((one) => html`<li>
          <button type="button" class="link numeric" @click=${() => this.show(one.service_request_id)}>${one.service_request_id}</button>
          ${needName(one.service_code)} · ${stageName(one)} <span class="muted">${when(one.requested_datetime)}</span>
        </li>`)}
      </ul>
    </section>`;
  }
}
customElements.define("wr-ticket", TicketView);

function copyName(copy: string): string {
  const [room = "", desk = ""] = copy.split("/");
  return `${roomName(room)}${desk ? ` (${deskName(desk)})` : ""}`;
}

function homeOf({ stranded }: Ticket): string {
  if (!stranded) return "";
  return stranded.home_state ? stateName(stranded.home_state) : stranded.home_district ? districtName(stranded.home_district) : "";
}

function wantsOf({ stranded }: Ticket): string {
  return stranded?.wants.map((want) => tt(`want_${want}`)).join(", ") ?? "";
}
