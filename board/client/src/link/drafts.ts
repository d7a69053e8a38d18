// What a person has typed and not yet sent: one draft per ticket or call, kept over a reload, a crash, a lost link.
import * as database from "./database";

export type Draft = Record<string, string>;

/** A draft as it was when a command was made of it. */
export interface KeptDraft {
  key: string;
  fields: Draft;
}

interface Row {
  key: string;
  fields: Draft;
  at: number;
}

const DELAY_MS = 300; // a row for every pause in typing, not for every key
const KEPT_MS = 3 * 86_400_000; // names and addresses do not lie on an office PC for ever

export class Drafts {
  private readonly unsaved = new Map<string, Draft>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Args: user: whose drafts; on a shared PC nobody sees another's. */
  constructor(private readonly user: string) {
    window.addEventListener("pagehide", () => void this.flush());
    document.addEventListener("visibilitychange", () => document.hidden && void this.flush());
  }

  async load(key: string): Promise<Draft | undefined> {
    const unsaved = this.unsaved.get(key);
    if (unsaved) return unsaved;
    return (await database.get<Row>("drafts", this.row(key)))?.fields;
  }

  /** Keeps a draft; on the disk within a third of a second. */
  save(key: string, fields: Draft): void {
    this.unsaved.set(key, fields);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), DELAY_MS);
  }

  async remove(key: string): Promise<void> {
    this.unsaved.delete(key);
    await database.remove("drafts", this.row(key));
  }

  /** Forgets a draft, unless something else has been typed there since. */
  async settle({ key, fields }: KeptDraft): Promise<void> {
    const now = await this.load(key);
    if (JSON.stringify(now) === JSON.stringify(fields)) await this.remove(key);
  }

  /** Keys of this person's drafts. */
  async keys(): Promise<string[]> {
    const mine = `${this.user}|`;
    const rows = await database.all<Row>("drafts");
    const stored = rows.filter((row) => row.key.startsWith(mine)).map((row) => row.key.slice(mine.length));
    return [...new Set([...stored, ...this.unsaved.keys()])];
  }

  /** Throws away what is older than three days. */
  async clear(): Promise<void> {
    const rows = await database.all<Row>("drafts");
    const old = rows.filter((row) => Date.now() - row.at > KEPT_MS);
    await Promise.all(old.map((row) => database.remove("drafts", row.key)));
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer);
    const rows = [...this.unsaved].map(([key, fields]) => ({ key: this.row(key), fields, at: Date.now() }));
    this.unsaved.clear();
    await Promise.all(rows.map((row: Row) => database.put("drafts", row.key, row)));
  }

  private row(key: string): string {
    return `${this.user}|${key}`;
  }
}
