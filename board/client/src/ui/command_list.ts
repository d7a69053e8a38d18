// Commands on their way at the foot of the page: the seconds in which one can be taken back, and what was refused.
import { html, nothing, type TemplateResult } from "lit";
import type { Answered, Outbox, Pending } from "../link/outbox";
import type { Link } from "../link/socket";
import { LightElement } from "./element";
import { addKeys } from "./keys";
import { reasonOf, t } from "./text";

const TICK_MS = 500;

const TOLD_MS = 8_000; // as long as two sentences take to read

/**
 * `<wr-commands>`: `.describe` says what a command is, such as "Acknowledge 100000013"; `.told` what to say of one that
 * was accepted, empty: nothing.
 */
export class CommandList extends LightElement {
  static override properties = { link: { attribute: false }, outbox: { attribute: false }, describe: { attribute: false }, told: { attribute: false } };
  declare link: Link;
  declare outbox: Outbox;
  declare describe: (frame: Pending["frame"]) => string;

  declare told: ((answered: Answered) => string) | undefined;

  private refused: Answered[] = [];
  private news: string[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    const redraw = () => this.requestUpdate();
    const timer = setInterval(redraw, TICK_MS);
    this.follow(
      this.outbox.changed.add(redraw),
      this.link.changed.add(redraw),
      this.outbox.answered.add((answered) => this.answered(answered)),
      addKeys({ key: "Z", name: () => t("keyUndo"), run: () => this.undo(), when: () => !!this.outbox.undoable }),
      () => clearInterval(timer),
    );
  }

  override render(): TemplateResult | typeof nothing {
    const pending = this.outbox.pending;
    if (!pending.length && !this.refused.length && !this.news.length) return nothing;
    return html`<div class="commands">
      ${this.refused.map(
        (one) => html`<div class="command red" role="alert">
          <span><strong>${t("refusedTitle", { what: this.describe(one.pending.frame) })}</strong><br />${reasonOf(one.reply)}</span>
          <button type="button" @click=${() => this.dismiss(one)}>${t("dismiss")}</button>
        </div>`,
      )}
      ${this.news.map((text) => html`<div class="command green" role="status">${text}</div>`)}
      ${pending.slice(-5).map((one) => this.row(one))}
    </div>`;
  }

  private row(one: Pending): TemplateResult {
    const seconds = this.outbox.secondsLeft(one);
    return html`<div class="command">
      <span>${this.describe(one.frame)}</span>
      ${seconds
        ? html`<button type="button" @click=${() => this.outbox.undo(one.id)}>
              ${t("undoIn", { n: seconds })} <kbd aria-hidden="true">Z</kbd>
            </button>
            <button type="button" class="quiet" @click=${() => this.outbox.sendNow(one.id)}>${t("sendNow")}</button>`
        : html`<span class="muted">${t(this.link.fresh && this.link.serve ? "sending" : "waitsForLink")}</span>`}
    </div>`;
  }

  private undo(): void {
    const last = this.outbox.undoable;
    if (last) this.outbox.undo(last.id);
  }

  private answered(answered: Answered): void {
    if (!answered.reply.accepted) this.refused = [...this.refused, answered];
    else this.tell(this.told?.(answered) ?? "");
    this.requestUpdate();
  }

  private tell(text: string): void {
    if (!text) return;
    this.news = [...this.news, text];
    setTimeout(() => {
      this.news = this.news.slice(1);
      this.requestUpdate();
    }, TOLD_MS);
  }

  private dismiss(one: Answered): void {
    this.refused = this.refused.filter((other) => other !== one);
    this.requestUpdate();
  }
}
customElements.define("wr-commands", CommandList);
