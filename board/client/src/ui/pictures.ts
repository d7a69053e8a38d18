// Photographs of a citizen at a ticket: small ones in a row, large in a dialog with arrow keys.
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Picture } from "../link/model";
import { failure, getJson } from "./api";
import { type DialogHandle, openDialog } from "./dialog";
import { LightElement } from "./element";
import { number, when } from "./format";
import { textOf } from "./names";
import { visible } from "./outside_text";
import { t } from "./text";

/** Larger ones are shown when they are asked for: a district's line takes a minute for a megabyte. */
const AT_ONCE_BYTES = 400_000;
const MEGABYTE = 1_000_000;

/** `<wr-pictures .ticket=… .count=… .pictures=…>`: what `.pictures` does not bring, it fetches. */
export class Pictures extends LightElement {
  static override properties = {
    ticket: { attribute: false },
    count: { attribute: false },
    pictures: { attribute: false },
    fetched: { state: true },
    problem: { state: true },
    asked: { state: true },
  };
  declare ticket: string;
  declare count: number;
  declare pictures: readonly Picture[] | undefined;
  declare fetched: readonly Picture[];
  declare problem: string;
  /** Large ones that the person wants to see all the same. */
  declare asked: ReadonlySet<number>;

  constructor() {
    super();
    this.count = 0;
    this.fetched = [];
    this.problem = "";
    this.asked = new Set();
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has("ticket")) this.asked = new Set();
    if (!this.pictures && this.count && (changed.has("ticket") || changed.has("count"))) void this.load();
  }

  private async load(): Promise<void> {
    const ticket = this.ticket;
    try {
      const { pictures = [] } = await getJson<{ pictures?: Picture[] }>(`/api/tickets/${ticket}`);
      if (ticket !== this.ticket) return;
      this.fetched = pictures;
      this.problem = "";
    } catch (error) {
      if (ticket === this.ticket) this.problem = failure(error);
    }
  }

  private get shown(): readonly Picture[] {
    return this.pictures ?? this.fetched;
  }

  private press(at: number): void {
    const one = this.shown[at];
    if (!one) return;
    if (this.isThere(one)) void openPicture(this.shown, at);
    else this.asked = new Set([...this.asked, one.id]);
  }

  private isThere(one: Picture): boolean {
    return one.bytes <= AT_ONCE_BYTES || this.asked.has(one.id);
  }

  override render(): TemplateResult | typeof nothing {
    const shown = this.shown;
    if (this.problem) return html`<p class="note">${this.problem} <button type="button" @click=${() => void this.load()}>${t("tryAgain")}</button></p>`;
    if (!shown.length) return nothing;
    return html`<ul class="pictures">
      ${shown.map((one, at) => {
        const label = describe(one, at, shown.length);
        return html`<li>
          <button type="button" data-picture=${one.id} aria-label=${this.isThere(one) ? t("pictureOpen", { label }) : t("pictureLoad", { label, size: size(one) })} @click=${() => this.press(at)}>
            ${this.isThere(one)
              ? html`<img src=${one.url} alt=${label} width=${one.width} height=${one.height} loading="lazy" decoding="async" />`
              : html`<span class="small">${t("pictureSize", { size: size(one) })}</span>`}
          </button>
        </li>`;
      })}
    </ul>`;
  }
}
customElements.define("wr-pictures", Pictures);

/** What a person who cannot see it is told: its caption, or which one it is and how it came. */
function describe(one: Picture, at: number, of: number): string {
  const facts = t("pictureOf", { n: at + 1, of, channel: textOf("channel", one.channel), time: when(one.received) });
  return one.caption ? `${visible(one.caption)} (${facts})` : facts;
}

function size(one: Picture): string {
  return `${number(one.bytes / MEGABYTE, 1)} MB`;
}

function openPicture(pictures: readonly Picture[], first: number): Promise<void> {
  let at = first;
  const move = (dialog: DialogHandle, by: number) => {
    at = (at + by + pictures.length) % pictures.length;
    dialog.update();
  };
  const keys = (dialog: DialogHandle) => (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    move(dialog, by);
  };
  return openDialog(
    {
      kind: "picture",
      closeLabel: () => t("close"),
      title: () => t("pictureTitle", { n: at + 1, of: pictures.length }),
      body: () => {
        const one = pictures[at];
        if (!one) return html``;
        return html`<figure>
          <img src=${one.url} alt=${describe(one, at, pictures.length)} width=${one.width} height=${one.height} />
          <figcaption>
            ${one.caption ? html`<wr-text .text=${one.caption}></wr-text>` : nothing}
            <p class="muted small">${textOf("channel", one.channel)} · ${when(one.received)}</p>
          </figcaption>
        </figure>`;
      },
      buttons: (dialog) =>
        pictures.length > 1
          ? html`<button type="button" @click=${() => move(dialog, -1)}>${t("picturePrevious")}</button>
              <button type="button" @click=${() => move(dialog, 1)}>${t("pictureNext")}</button>`
          : html``,
    },
    (dialog) => dialog.element.addEventListener("keydown", keys(dialog)),
  );
}
