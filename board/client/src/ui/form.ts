// A form whose fields are kept as a draft while they are typed, and are never touched by what the board sends.
import { html, nothing, type TemplateResult } from "lit";
import type { Draft, Drafts, KeptDraft } from "../link/drafts";

export class DraftForm {
  /** What has been typed: fields that nobody has touched are not in it, and so in no command. */
  fields: Draft = {};
  /** The fields that were wrong at the last attempt, and what to say of each. */
  errors: Record<string, string> = {};

  /** Resolved once the draft there was is in its fields. */
  readonly ready: Promise<void>;

  /**
   * Begins with the values in `base`; the draft there is follows in a moment, and leaves alone what has been typed by
   * then. So a form takes the first key at once.
   */
  constructor(
    private readonly drafts: Drafts,
    readonly key: string,
    private readonly base: Draft,
    private readonly redraw: () => void,
  ) {
    this.ready = drafts.load(key).then((draft) => this.fill(draft));
  }

  /** Opens a form with the draft there is in it already. */
  static async open(drafts: Drafts, key: string, base: Draft, redraw: () => void): Promise<DraftForm> {
    const form = new DraftForm(drafts, key, base, redraw);
    await form.ready;
    return form;
  }

  value(name: string): string {
    return this.fields[name] ?? this.base[name] ?? "";
  }

  private fill(draft: Draft | undefined): void {
    if (!draft) return;
    this.fields = { ...draft, ...this.fields };
    this.redraw();
  }

  set(name: string, value: string): void {
    this.fields = { ...this.fields, [name]: value };
    if (this.errors[name]) {
      const { [name]: _, ...others } = this.errors;
      this.errors = others;
    }
    this.drafts.save(this.key, this.fields);
    this.redraw();
  }

  /** What to give along with the command that is made of it. */
  get kept(): KeptDraft {
    return { key: this.key, fields: this.fields };
  }

  /** Shows it empty; the draft stays until its command is accepted. */
  blank(): void {
    this.fields = {};
    this.redraw();
  }

  /** Forgets what was typed: it is not wanted. */
  discard(): void {
    void this.drafts.remove(this.key);
  }

  /** Shows errors and puts the focus into the first field that has one. */
  fail(errors: Record<string, string>, root: ParentNode): void {
    this.errors = errors;
    this.redraw();
    requestAnimationFrame(() => root.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  }

  /** A field with its label; `kind`: an input's type, or `textarea`. */
  field(
    name: string,
    label: string,
    { kind = "text", max = 200, hint = "", focus = false, list = "" }: FieldUse = {},
  ): TemplateResult {
    const error = this.errors[name];
    const id = `${this.key}-${name}`.replaceAll(/[^\w-]/g, "-");
    const changed = (event: Event) => this.set(name, (event.target as HTMLInputElement).value);
    const input =
      kind === "textarea"
        ? html`<textarea id=${id} maxlength=${max} ?autofocus=${focus} aria-invalid=${error ? "true" : nothing} aria-describedby=${error ? `${id}-e` : nothing}
            .value=${this.value(name)} @input=${changed}></textarea>`
        : html`<input id=${id} type=${kind} maxlength=${max} autocomplete="off" ?autofocus=${focus} placeholder=${hint} list=${list || nothing}
            aria-invalid=${error ? "true" : nothing} aria-describedby=${error ? `${id}-e` : nothing} .value=${this.value(name)} @input=${changed} />`;
    return html`<label class="field"><span>${label}</span>${input}
      ${error ? html`<span class="error" id="${id}-e">${error}</span>` : nothing}</label>`;
  }

  /** A choice; `options`: value and label. */
  choice(name: string, label: string, options: readonly (readonly [string, string])[]): TemplateResult {
    const changed = (event: Event) => this.set(name, (event.target as HTMLSelectElement).value);
    const now = this.value(name);
    return html`<label class="field"><span>${label}</span
      ><select @change=${changed}>
        ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === now}>${text}</option>`)}
      </select></label>`;
  }
}

export interface FieldUse {
  kind?: string;
  max?: number;
  hint?: string;
  focus?: boolean;
  list?: string;
}
