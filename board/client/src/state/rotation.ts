// A wall never scrolls: lists that are longer than their place are shown page by page, each for some seconds.
import { Listeners } from "../link/events";

const PAGE_MS = 12_000; // ten lines read from three metres

export interface Slide {
  /** Of its list, so that the list can be named and counted. */
  list: string;
  page: number;
  pages: number;
}

export class Rotation {
  readonly changed = new Listeners<void>();
  paused = false;
  private slides: Slide[] = [];
  private at = 0;
  private since = Date.now();

  /** Takes the lists there are: how many pages each has; those without any are passed over. */
  set(pages: ReadonlyMap<string, number>): void {
    const shown = this.current;
    this.slides = [...pages].flatMap(([list, count]) =>
      Array.from({ length: count }, (_, page) => ({ list, page, pages: count })),
    );
    const same = this.slides.findIndex((slide) => slide.list === shown?.list && slide.page === shown.page);
    const list = this.slides.findIndex((slide) => slide.list === shown?.list);
    this.at = Math.max(0, same < 0 ? list : same);
  }

  get current(): Slide | undefined {
    return this.slides[this.at];
  }

  tick(): void {
    if (!this.paused && Date.now() - this.since >= PAGE_MS) this.next();
  }

  next(): void {
    this.at = this.slides.length ? (this.at + 1) % this.slides.length : 0;
    this.since = Date.now();
    this.changed.tell();
  }

  show(list: string): void {
    const at = this.slides.findIndex((slide) => slide.list === list);
    if (at < 0) return;
    this.at = at;
    this.since = Date.now();
    this.changed.tell();
  }

  hold(): void {
    this.paused = !this.paused;
    this.since = Date.now();
    this.changed.tell();
  }
}
