// The collections of the views that this tab has subscribed to, as the board last sent them.
import { Listeners } from "./events";
import type { Change, Snapshot, Value } from "./frames";

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/** One change as listeners get it; `before` is what was there. A snapshot has no `change`. */
export interface StoreNews {
  view: string;
  change?: Change & { before: Value | undefined };
}

export class Store {
  readonly news = new Listeners<StoreNews>();
  private readonly views = new Map<string, Map<string, Map<string, Value>>>();

  /** A collection of a view; empty as long as there is none. */
  collection<T>(view: string, name: string): ReadonlyMap<string, T> {
    const found = this.views.get(view)?.get(name);
    return (found as unknown as ReadonlyMap<string, T> | undefined) ?? NOTHING;
  }

  get<T>(view: string, name: string, key: string): T | undefined {
    return this.collection<T>(view, name).get(key);
  }

  has(view: string): boolean {
    return this.views.has(view);
  }

  /** Takes the place of all that the view had. */
  replace(snapshot: Snapshot): void {
    const collections = Object.entries(snapshot.collections).map(
      ([name, rows]) => [name, new Map(Object.entries(rows))] as const,
    );
    this.views.set(snapshot.view, new Map(collections));
    this.news.tell({ view: snapshot.view });
  }

  apply(change: Change): void {
    const view = this.views.get(change.view);
    if (!view) return; // its snapshot is still to come
    let rows = view.get(change.collection);
    if (!rows) view.set(change.collection, (rows = new Map()));
    const before = rows.get(change.key);
    if (change.value === null) rows.delete(change.key);
    else rows.set(change.key, change.value);
    this.news.tell({ view: change.view, change: { ...change, before } });
  }

  drop(view: string): void {
    this.views.delete(view);
  }
}
