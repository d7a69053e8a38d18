// Commands from the moment of the key press until they are answered: undone within ten seconds, kept over a closed
// page, and sent again with the same id after each break. The service does each id once.
import * as database from "./database";
import { Listeners } from "./events";
import type { Reply, ToBoard, Value } from "./frames";
import type { KeptDraft } from "./drafts";
import type { Link } from "./socket";

/** How long a command can be taken back, in ms. */
export const UNDO_MS = 10_000;
const RESEND_MS = 30_000; // the board itself says it to the broker every few seconds: this is for its own restart
const ADOPT_MS = 15_000; // so long after its time a command of another tab is taken for left behind
const TICK_MS = 250;

export interface Pending {
  id: string;
  /** Whose command it is: on a shared PC nobody sends another's. */
  user: string;
  tab: string;
  frame: ToBoard & { type: "command" | "stock" };
  /** When it was given, and when it is sent: the PC's clock, ms. */
  given: number;
  due: number;
  sent: number;
  /** What was typed for it: forgotten once the command has been accepted. */
  draft?: KeptDraft;
}

export interface CommandUse {
  /** False: it goes at once, as the keys of a telephone must. */
  undo?: boolean;
  draft?: KeptDraft | undefined;
}

export interface Answered {
  pending: Pending;
  reply: Reply;
}

function tabId(): string {
  let id = sessionStorage.getItem("warroom-tab");
  if (!id) sessionStorage.setItem("warroom-tab", (id = newId()));
  return id;
}

/** A new random id for a command; `randomUUID` is not there without TLS. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  /** Told when the list of what waits has changed. */
  readonly changed = new Listeners<void>();
  /** Told of each reply to a command of this tab. */
  readonly answered = new Listeners<Answered>();
  /** Told of what was taken back. */
  readonly undone = new Listeners<Pending>();

  private readonly waiting = new Map<string, Pending>();
  private readonly promises = new Map<string, (reply: Reply) => void>();
  private readonly tab = tabId();
  private lastLook = 0;

  constructor(
    private readonly link: Link,
    private readonly user: string,
  ) {}

  /** Takes up what earlier pages left, and sends what is due from now on. */
  async start(): Promise<void> {
    this.link.replies.add((reply) => this.take(reply));
    this.link.connected.add(() => {
      for (const pending of this.waiting.values()) pending.sent &&= 1; // anything sent on the old connection: again
      this.sendDue();
    });
    setInterval(() => this.tick(), TICK_MS);
    await this.adopt(true);
  }

  /** What has not been answered, oldest first. */
  get pending(): readonly Pending[] {
    return [...this.waiting.values()].sort((a, b) => a.given - b.given);
  }

  /** Commands about a ticket (or task) that have not been answered, oldest first. */
  about(number: string): readonly Pending[] {
    return this.pending.filter(
      ({ frame }) => frame.type === "command" && (frame.command.ticket === number || frame.command.task === number),
    );
  }

  /** Seconds in which a command can still be taken back; 0: it is on its way. */
  secondsLeft(pending: Pending): number {
    return pending.sent ? 0 : Math.max(0, Math.ceil((pending.due - Date.now()) / 1_000));
  }

  /** Gives a command. The promise is for its reply; it stays open while there is no link. */
  command(to: string, command: Value, use: CommandUse = {}): Promise<Reply> {
    const id = newId();
    return this.add(id, { type: "command", to, command: { command_id: id, ...command } }, use);
  }

  /** Reports what a room has in store. */
  stock(room: string, item: string, report: Value, use: CommandUse = {}): Promise<Reply> {
    const id = newId();
    return this.add(id, { type: "stock", room, item, report_id: id, report }, use);
  }

  /** Takes a command back; false when it is on its way already. */
  undo(id: string): boolean {
    const pending = this.waiting.get(id);
    if (!pending || pending.sent) return false;
    this.forget(id);
    this.undone.tell(pending);
    return true;
  }

  /** The newest command that can be taken back. */
  get undoable(): Pending | undefined {
    return this.pending.filter((one) => !one.sent && one.tab === this.tab).at(-1);
  }

  /** Sends a command without waiting for its ten seconds to end. */
  sendNow(id: string): void {
    const pending = this.waiting.get(id);
    if (!pending || pending.sent) return;
    pending.due = Date.now();
    this.sendDue();
  }

  private add(id: string, frame: Pending["frame"], { undo = true, draft }: CommandUse): Promise<Reply> {
    const now = Date.now();
    const due = undo ? now + UNDO_MS : now;
    const pending: Pending = { id, user: this.user, tab: this.tab, frame, given: now, due, sent: 0, ...(draft ? { draft } : {}) };
    this.waiting.set(id, pending);
    const answered = new Promise<Reply>((resolve) => this.promises.set(id, resolve));
    // on the disk before it goes out: else a reload could forget a command that was sent
    void database.put("outbox", id, pending).then(() => this.sendDue());
    this.changed.tell();
    return answered;
  }

  private tick(): void {
    const now = Date.now();
    this.sendDue();
    if (now - this.lastLook < RESEND_MS) return;
    this.lastLook = now;
    void this.adopt(false);
  }

  private sendDue(): void {
    const now = Date.now();
    for (const pending of this.pending) {
      if (pending.due > now || now - pending.sent < RESEND_MS || !this.link.send(pending.frame)) continue;
      pending.sent = now;
      void database.put("outbox", pending.id, pending);
      this.changed.tell();
    }
  }

  /** Takes over this tab's commands after a reload, and what a tab that was closed has left. */
  private async adopt(own: boolean): Promise<void> {
    const rows = await database.all<Pending>("outbox");
    const now = Date.now();
    for (const row of rows) {
      if (row.user !== this.user || this.waiting.has(row.id)) continue;
      if ((own && row.tab === this.tab) || now - row.due > ADOPT_MS) {
        this.waiting.set(row.id, { ...row, tab: this.tab, sent: row.sent && 1 });
      }
    }
    this.sendDue();
    this.changed.tell();
  }

  private take(reply: Reply): void {
    const pending = this.waiting.get(reply.command_id);
    if (!pending) return;
    this.forget(pending.id);
    this.promises.get(pending.id)?.(reply);
    this.promises.delete(pending.id);
    this.answered.tell({ pending, reply });
  }

  private forget(id: string): void {
    this.waiting.delete(id);
    void database.remove("outbox", id);
    this.changed.tell();
  }
}
