// The microphone's level: drawn ten times a second without drawing the page.
import { html, type TemplateResult } from "lit";
import { LightElement } from "../../ui/element";
import type { Console } from "../console";
import { w } from "../text";

/** Speech has a peak of about -20 dB: the bar shows -50 dB to full scale. */
const LOWEST_DB = -50;

export class LevelBar extends LightElement {
  static override properties = { console: { attribute: false } };
  declare console: Console;

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(this.console.level.add((level) => this.show(level)));
  }

  override render(): TemplateResult {
    return html`<meter min="0" max="1" low="0.15" aria-label=${w("microphoneLevel")} title=${w("microphoneLevel")}></meter>`;
  }

  private show(level: number): void {
    const meter = this.querySelector("meter");
    if (!meter) return;
    const db = 20 * Math.log10(Math.max(level, 1e-6));
    meter.value = Math.max(0, 1 - db / LOWEST_DB);
  }
}
customElements.define("wr-level", LevelBar);
