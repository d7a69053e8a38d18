// Text from outside (citizens, rooms, transcripts) on the page: isolated from its surroundings' direction, control
// characters shown as marks, long text cut with "more".
import { html, type TemplateResult } from "lit";
import { LightElement } from "./element";
import { t } from "./text";

/** Characters shown before "more". */
export const CUT = 600;
/** Never shown at once: a page of 100 kB freezes an office PC. */
const MAX_SHOWN = 20_000;

// C0 and C1 controls, soft hyphen, marks and overrides of direction, zero-width signs, separators, tags, the BOM.
// ZWJ and ZWNJ (200D, 200C) belong to Devanagari.
const CONTROL =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|\uDB40[\uDC00-\uDC7F]/g;

/** The text with each control character as a visible mark, such as `␀` or `⟦202E⟧`; tab and line feed stay. */
export function visible(text: string): string {
  return text.replace(CONTROL, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return `⟦${code.toString(16).toUpperCase().padStart(4, "0")}⟧`;
  });
}

/** The text on one line, in `<bdi>`, cut at a length. */
export function outside(text: string | null | undefined, most = 120): TemplateResult {
  const all = visible(text ?? "");
  const cut = all.length > most ? `${all.slice(0, most)}…` : all;
  return html`<bdi>${cut}</bdi>`;
}

/** `<wr-text .text=…>`: a longer text, cut with "more". */
export class OutsideText extends LightElement {
  static override properties = { text: {}, cut: { type: Number }, open: { state: true } };
  declare text: string;
  declare cut: number;
  declare open: boolean;

  constructor() {
    super();
    this.text = "";
    this.cut = CUT;
    this.open = false;
  }

  override render(): TemplateResult {
    const long = this.text.length > this.cut;
    const shown = visible(this.text.slice(0, this.open ? MAX_SHOWN : this.cut));
    const cut = this.text.length > (this.open ? MAX_SHOWN : this.cut);
    return html`<bdi class="prose" dir="auto">${shown}${cut ? "…" : ""}</bdi>${long
      ? html` <button type="button" class="link" @click=${() => (this.open = !this.open)}>
          ${this.open ? t("less") : t("more")}
        </button>`
      : ""}`;
  }
}
customElements.define("wr-text", OutsideText);
