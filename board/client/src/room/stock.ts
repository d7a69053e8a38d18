// What the room has in store: one line an item, reported by a form in the line.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../link/clock";
import type { Draft } from "../link/drafts";
import type { StockReport } from "../link/model";
import type { Page } from "../start";
import { LightElement } from "../ui/element";
import { number, when } from "../ui/format";
import { DraftForm } from "../ui/form";
import { names } from "../ui/names";
import { named, t } from "../ui/text";
import { unitName } from "./tasks";
import { tr } from "./text";

const DAY_MS = 86_400_000;
const LONG_DAYS = 60; // beyond, nobody asks how many
const SOON_DAYS = 3;
const FEW_DAYS = 7;

function toNumber(text: string): number {
  const plain = text.replace(/[\u0966-\u096F]/g, (digit) => String(digit.charCodeAt(0) - 0x0966)).replaceAll(",", "").trim();
  return plain === "" ? Number.NaN : Number(plain);
}

/** `<wr-stock .page=… .room=…>`. */
export class StockTable extends LightElement {
  static override properties = { page: { attribute: false }, room: { attribute: false }, commands: { attribute: false }, form: { state: true }, item: { state: true } };
  declare page: Page;
  declare room: string;
  /** Whether this person may report. */
  declare commands: boolean;
  declare form: DraftForm | undefined;
  /** The item whose line is open. */
  declare item: string;

  constructor() {
    super();
    this.item = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { link, outbox, view } = this.page;
    this.follow(
      link.store.news.add((news) => news.view === view && (!news.change || news.change.collection === "stock") && this.requestUpdate()),
      outbox.changed.add(() => this.requestUpdate()),
    );
  }

  override render(): TemplateResult {
    const reports = this.page.link.store.collection<StockReport>(this.page.view, "stock");
    return html`<section class="page fades" aria-label=${tr("tabStock")}>
      <p class="muted">${tr("stockHelp")}</p>
      <div class="scroll"><table class="stock">
        <thead><tr>
          <th scope="col">${tr("stockItem")}</th><th scope="col" class="right">${tr("stockQuantity")}</th>
          <th scope="col" class="right">${tr("stockUse")}</th><th scope="col">${tr("stockLeft")}</th>
          <th scope="col">${tr("stockAsOf")}</th><th></th>
        </tr></thead>
        <tbody>${(names()?.items ?? []).map((one) => (one.id === this.item ? this.editing(one) : this.line(one, reports.get(one.id))))}</tbody>
      </table></div>
    </section>`;
  }

  private line(item: { id: string; unit: string; name: string; name_hi: string }, report: StockReport | undefined): TemplateResult {
    const name = named(item);
    const waits = this.page.outbox.pending.some(({ frame }) => frame.type === "stock" && frame.item === item.id);
    const unit = unitName(item.unit);
    return html`<tr class=${waits ? "pending" : ""}>
      <th scope="row">${name}</th>
      <td class="right numeric">${report ? `${number(report.quantity, 2)} ${unit}` : html`<span class="muted">${unit}</span>`}</td>
      <td class="right numeric">${report ? number(report.daily_use, 2) : ""}</td>
      <td>${report ? daysLeft(report) : nothing}</td>
      <td class="muted">${report ? when(report.as_of) : tr("stockNever")}</td>
      <td class="right"><button type="button" ?hidden=${!this.commands} ?disabled=${waits} aria-label=${tr("stockSave", { item: name })} @click=${() => void this.edit(item.id, report)}>
        ${tr("stockReport")}
      </button></td>
    </tr>`;
  }

  private editing(item: { id: string; unit: string; name: string; name_hi: string }): TemplateResult {
    const form = this.form;
    const unit = tr("stockUnit", { unit: unitName(item.unit) });
    const send = (event: Event) => this.send(event, item);
    return html`<tr class="editing">
      <th scope="row">${named(item)}</th>
      <td colspan="5"><form @submit=${send}>
        ${form?.field("quantity", `${tr("stockQuantity")}, ${unit}`, { max: 15, focus: true })}
        ${form?.field("daily_use", `${tr("stockUse")}, ${unit}`, { max: 15 })}
        <button type="submit" class="primary">${tr("stockReport")}</button>
        <button type="button" @click=${() => this.close()}>${t("cancel")}</button>
      </form></td>
    </tr>`;
  }

  private async edit(item: string, report: StockReport | undefined): Promise<void> {
    const last: Draft = report ? { daily_use: String(report.daily_use) } : {};
    this.form = new DraftForm(this.page.drafts, `stock/${this.room}/${item}`, last, () => this.requestUpdate());
    this.item = item;
    await this.updateComplete;
    this.querySelector<HTMLElement>("tr.editing input")?.focus();
  }

  private close(): void {
    this.form?.discard();
    this.item = "";
  }

  private send(event: Event, item: { id: string; unit: string }): void {
    event.preventDefault();
    const { form } = this;
    if (!form) return;
    const quantity = toNumber(form.value("quantity"));
    const dailyUse = toNumber(form.value("daily_use"));
    const errors: Record<string, string> = {};
    if (!(quantity >= 0)) errors.quantity = tr("stockWrong");
    if (!(dailyUse >= 0)) errors.daily_use = tr("stockWrong");
    if (Object.keys(errors).length) return form.fail(errors, this);
    const report = { quantity, unit: item.unit, daily_use: dailyUse, as_of: new Date(serverNow()).toISOString() };
    void this.page.outbox.stock(this.room, item.id, report, { draft: form.kept });
    this.item = "";
  }
}
customElements.define("wr-stock", StockTable);

function daysLeft(report: StockReport): TemplateResult {
  if (!report.daily_use) return html`<span class="chip">${tr("stockLong")}</span>`;
  const end = Date.parse(report.as_of) + (report.quantity / report.daily_use) * DAY_MS;
  const days = Math.max(0, (end - serverNow()) / DAY_MS);
  if (days > LONG_DAYS) return html`<span class="chip">${tr("stockLong")}</span>`;
  const [kind, word] = days < SOON_DAYS ? ["red", tr("stockAlert")] : days < FEW_DAYS ? ["amber", tr("stockWatch")] : ["", ""];
  return html`<span class="chip numeric ${kind}">${tr("stockDays", { n: Math.floor(days) })}${word ? ` · ${word}` : ""}</span>`;
}
