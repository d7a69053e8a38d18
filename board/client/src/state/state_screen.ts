// The state wall and the page `/state`: the same figures; a wall never scrolls and turns its lists page by page, the
// page shows all of them one below the other.
import { html, nothing, type TemplateResult } from "lit";
import { user } from "../link/page";
import type { Page } from "../start";
import { LightElement } from "../ui/element";
import { addKeys } from "../ui/keys";
import { names } from "../ui/names";
import { noticeInTurn, noticeStrip } from "../ui/notices";
import { scrolls } from "../ui/scrolls";
import { t } from "../ui/text";
import { heatNeeds, heatRows, heatTable } from "./heat";
import { lines, today, transcription, waiting } from "./lines";
import { type List, listTable, lists } from "./lists";
import { MEASURES, type Measure, measureName } from "./measures";
import { StateData } from "./model";
import { Rotation } from "./rotation";
import { st } from "./text";
import { districtTable, tiles } from "./tiles";

const TICK_MS = 1_000;
const PHONE = matchMedia("(max-width: 52rem)");
const REM = 16;
/** Of the places on a wall, in rem, as style/wall/ has them. */
const HEAD_REM = 2.2;
const ROW_REM = 2;
const HEAT_HEAD_REM = 6.4;
const HEAT_ROW_REM = 1.75;
const HEAT_NEEDS = 10; // columns that can be read from three metres
/** On the page: lists beside the tiles, and those below. */
const SHORT = ["away", "exchange", "trunks"];
const LONG = ["shortages", "escalated", "stranded", "homes", "inbound"];
/** Shown while there is anybody in them. */
const OPTIONAL = ["homes", "inbound"];
const HEAT = "heat";
/** Nobody else may open all rooms. */
const LINKS = user.role === "warroom";
const MEASURE = "warroom-wall-measure";

/** `<wr-state .page=… .wall=…>`. */
export class StateScreen extends LightElement {
  static override properties = {
    page: { attribute: false },
    wall: { type: Boolean },
    measure: { state: true },
    focused: { state: true },
  };
  declare page: Page;
  declare wall: boolean;
  declare measure: Measure;
  declare focused: string;
  private readonly rotation = new Rotation();
  private readonly sizes = new ResizeObserver(() => this.requestUpdate());
  private height = 0;

  constructor() {
    super();
    this.wall = false;
    this.focused = "";
    const kept = localStorage.getItem(MEASURE) as Measure;
    this.measure = MEASURES.includes(kept) ? kept : "open";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const redraw = () => this.requestUpdate();
    PHONE.addEventListener("change", redraw);
    const timer = setInterval(() => this.tick(), TICK_MS);
    this.follow(
      this.page.link.store.news.add(redraw),
      this.page.link.changed.add(redraw),
      this.rotation.changed.add(redraw),
      addKeys(
        ...MEASURES.map((measure, at) => ({
          key: String(at + 1),
          name: () => st("keyMeasure", { what: measureName(measure) }),
          run: () => this.choose(measure),
        })),
      ),
      () => clearInterval(timer),
      () => PHONE.removeEventListener("change", redraw),
    );
    if (LINKS) {
      const enter = () => this.querySelector<HTMLElement>(".tile[tabindex='0']")?.focus();
      this.follow(addKeys({ key: "→", name: () => st("keyTiles"), run: enter }));
    }
    if (this.wall) {
      this.follow(
        addKeys(
          { key: "P", name: () => st("keyPause"), run: () => this.rotation.hold() },
          { key: "N", name: () => st("keyNext"), run: () => this.rotation.next() },
        ),
      );
    }
  }

  override render(): TemplateResult {
    const { page } = this;
    return html`
      <wr-status .link=${page.link} .heading=${st("wall")}></wr-status>
      ${this.content()}
    `;
  }

  override updated(): void {
    const place = this.querySelector(".slide");
    if (!place) return;
    this.sizes.observe(place);
    const height = place.clientHeight;
    if (height !== this.height) {
      this.height = height;
      this.requestUpdate();
    }
  }

  private content(): TemplateResult {
    const catalogue = names();
    if (!catalogue) return html`<p class="nothing" role="status">${t("loading")}</p>`;
    const data = new StateData(this.page.link.store, this.page.view, catalogue);
    const rotates = this.wall && !PHONE.matches;
    return html`
      ${(rotates ? noticeInTurn : noticeStrip)(this.page.link.store, this.page.view)}
      <div class="state fades ${rotates ? "fixed" : ""}">
        ${tiles({
          data,
          measure: this.measure,
          narrow: PHONE.matches,
          choose: (measure) => this.choose(measure),
          links: LINKS,
          focused: this.focused,
          focus: (room) => (this.focused = room),
        })}
        <div class="side">
          <div class="boxes">${lines(data)} ${waiting(data)} ${transcription(data)} ${today(data)}</div>
          ${rotates ? this.rotating(data) : this.boxes(data, SHORT)}
        </div>
        ${rotates ? nothing : this.all(data)} ${districtTable(data, this.measure, rotates)}
      </div>
    `;
  }

  /** All lists, one beside or below the other. */
  private all(data: StateData): TemplateResult {
    const rows = heatRows(data);
    return html`
      <div class="lists">${this.boxes(data, LONG)}</div>
      <section class="box heat-card">
        <h2>${st("heatTitle")}</h2>
        ${scrolls(st("heatTitle"), heatTable(heatNeeds(data, rows), rows))}
      </section>
    `;
  }

  private boxes(data: StateData, ids: readonly string[]): TemplateResult[] {
    return lists(data)
      .filter((list) => ids.includes(list.id) && (list.rows.length || !OPTIONAL.includes(list.id)))
      .map(
        (list) => html`<section class="box">
          <h2>${list.title} <span class="chip">${list.rows.length}</span></h2>
          ${scrolls(list.title, listTable(list))}
        </section>`,
      );
  }

  /** The lists, turned page by page. */
  private rotating(data: StateData): TemplateResult {
    const all = lists(data);
    const heat = heatRows(data);
    const heatCapacity = this.capacity(HEAT_HEAD_REM, HEAT_ROW_REM);
    const capacity = this.capacity(HEAD_REM, ROW_REM);
    this.rotation.set(
      new Map([
        ...all.map((list) => [list.id, Math.ceil(list.rows.length / capacity)] as const),
        [HEAT, Math.ceil(heat.length / heatCapacity)],
      ]),
    );
    const slide = this.rotation.current;
    const list = all.find((one) => one.id === slide?.list);
    const from = (slide?.page ?? 0) * (list ? capacity : heatCapacity);
    const needs = heatNeeds(data, heat).slice(0, HEAT_NEEDS);
    return html`<section class="box rotating">
      <nav class="contents">${all.map((one) => this.entry(one, slide?.list))} ${this.entry({ id: HEAT, title: st("heatTitle"), rows: heat }, slide?.list)}</nav>
      <div class="slide">
        ${list
          ? listTable(list, list.rows.slice(from, from + capacity))
          : slide
            ? heatTable(needs, heat.slice(from, from + heatCapacity))
            : html`<p class="nothing">${all.map((one) => html`${one.empty}<br />`)}</p>`}
      </div>
      <footer>
        <span>${slide && slide.pages > 1 ? st("page", { n: slide.page + 1, count: slide.pages }) : nothing}</span>
        <button type="button" class="quiet" @click=${() => this.rotation.hold()}>
          ${st(this.rotation.paused ? "resume" : "pause")} <kbd aria-hidden="true">P</kbd>
        </button>
        <button type="button" class="quiet" @click=${() => this.rotation.next()}>${st("next")} <kbd aria-hidden="true">N</kbd></button>
      </footer>
    </section>`;
  }

  private entry(list: Pick<List, "id" | "title"> & { rows: readonly unknown[] }, shown: string | undefined): TemplateResult {
    const count = list.id === HEAT ? "" : list.rows.length;
    return html`<button
      type="button"
      class="entry ${list.rows.length ? "" : "none"}"
      aria-current=${list.id === shown ? "true" : "false"}
      @click=${() => this.rotation.show(list.id)}
    >
      ${list.title} <strong>${count}</strong>
    </button>`;
  }

  /** Rows that fit into the place of the lists. */
  private capacity(headRem: number, rowRem: number): number {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || REM;
    return Math.max(1, Math.floor((this.height / rem - headRem) / rowRem));
  }

  private choose(measure: Measure): void {
    this.measure = measure;
    localStorage.setItem(MEASURE, measure);
  }

  private tick(): void {
    this.rotation.tick();
    this.requestUpdate(); // what is told as "12 min" grows by itself
  }
}
customElements.define("wr-state", StateScreen);
