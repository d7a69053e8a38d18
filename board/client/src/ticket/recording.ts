// A recording with its text running along word by word; a press on a word plays from there.
import { html, nothing, type TemplateResult } from "lit";
import type { Recording } from "../link/model";
import { LightElement } from "../ui/element";
import { visible } from "../ui/outside_text";
import { tt } from "./text";

const UNSURE = 0.6; // below, a word is marked: it may be another
const MAX_WORDS = 2_000; // two minutes of fast talk have 400

/** `<wr-recording .recording=… .index=…>`. */
export class RecordingPlayer extends LightElement {
  static override properties = { recording: { attribute: false }, index: { type: Number }, at: { state: true } };
  declare recording: Recording;
  declare index: number;
  /** The word that is being said; -1: none. */
  declare at: number;
  private frame = 0;

  constructor() {
    super();
    this.index = 0;
    this.at = -1;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
  }

  /** Begins or stops: the key for it. */
  toggle(): void {
    const audio = this.audio;
    if (!audio) return;
    if (audio.paused) void audio.play().catch(() => undefined);
    else audio.pause();
  }

  private get audio(): HTMLAudioElement | null {
    return this.querySelector("audio");
  }

  override render(): TemplateResult {
    const words = this.recording.words.slice(0, MAX_WORDS);
    return html`<figure class="recording">
      <figcaption class="small muted">${tt("recording", { n: this.index + 1 })}</figcaption>
      ${this.recording.url ? this.player() : html`<p class="muted">${tt("noSound")}</p>`}
      ${words.length
        ? html`<div class="spoken" lang="hi" role="group" tabindex="0" aria-label=${tt("transcriptOf")}>
            ${words.map(
              ([word, start, , sure], i) =>
                html`<span class="word ${i === this.at ? "now" : ""} ${sure < UNSURE ? "unsure" : ""}" @click=${() => this.seek(start)}>${visible(word)}</span> `,
            )}
          </div>`
        : nothing}
    </figure>`;
  }

  private player(): TemplateResult {
    return html`<audio controls preload="none" src=${this.recording.url} aria-label=${tt("recording", { n: this.index + 1 })}
        @play=${() => this.run()} @pause=${() => this.track()} @seeked=${() => this.track()} @ended=${() => (this.at = -1)}></audio>`;
  }

  private seek(start: number): void {
    const audio = this.audio;
    if (!audio) return;
    audio.currentTime = start;
    void audio.play().catch(() => undefined);
  }

  private run(): void {
    cancelAnimationFrame(this.frame);
    const step = () => {
      this.track();
      if (!this.audio?.paused) this.frame = requestAnimationFrame(step);
    };
    step();
  }

  private track(): void {
    const time = this.audio?.currentTime ?? 0;
    let at = -1;
    for (const [i, [, start]] of this.recording.words.entries()) {
      if (start > time) break;
      at = i;
    }
    if (at === this.at) return;
    this.at = at;
    this.querySelector(".word.now")?.scrollIntoView({ block: "nearest" });
  }
}
customElements.define("wr-recording", RecordingPlayer);
