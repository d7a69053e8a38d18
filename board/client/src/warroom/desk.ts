// What the war room does: with tickets of any room, with tasks, with calls.
import type { Reply, Value } from "../link/frames";
import type { Ticket } from "../link/model";
import type { Pending } from "../link/outbox";
import type { Page } from "../start";
import { type Action, isPossible, nextStep, OF_ROOMS } from "../ticket/actions";
import { Desk } from "../ticket/desk";
import { number } from "../ui/format";
import { itemName } from "../ui/names";
import { wt } from "./text";
import type { WarroomKey } from "./text/en";

/** The state's own room, which is the war room's. */
export const STATE_ROOM = "state";
/** By which the war room's screens speak of calls and tasks: `operators/warroom/commands`. */
export const OPERATOR = "operators/warroom";

const ANYWHERE: readonly Action[] = ["accept-reject", "refuse-reject", "reroute", "note", "correct", "merge", "unmerge", "withdraw", "reopen"];
const OWN: readonly Action[] = [...new Set([...OF_ROOMS.filter((one) => one !== "propose-reject"), ...ANYWHERE])];

export class WarroomDesk extends Desk {
  /** The room whose tickets are followed beside our own: that of the ticket that is open. */
  private followed = "";

  constructor(page: Page) {
    super(page, STATE_ROOM, ["tickets", "proposals"]);
  }

  /** Follows the tickets of a room, so that one of it is never shown older than it is; empty: no room. */
  follow(room: string): void {
    const view = room && room !== STATE_ROOM ? `room/${room}` : "";
    if (view === this.followed) return;
    if (this.followed) this.page.link.unsubscribe(this.followed);
    this.followed = view;
    if (view) this.page.link.subscribe(view);
  }

  override get tickets(): ReadonlyMap<string, Ticket> {
    const { store } = this.page.link;
    const others = this.followed ? store.collection<Ticket>(this.followed, "tickets") : [];
    return new Map([...super.tickets, ...store.collection<Ticket>(this.page.view, "proposals"), ...others]);
  }

  override find(number: string): Ticket | undefined {
    return (this.followed && this.page.link.store.get<Ticket>(this.followed, "tickets", number)) || super.find(number);
  }

  override possible(ticket: Ticket): readonly Action[] {
    const some = ticket.room === STATE_ROOM ? OWN : ANYWHERE;
    return some.filter((action) => isPossible(action, ticket));
  }

  override next(ticket: Ticket): Action | null {
    return ticket.room === STATE_ROOM ? nextStep(ticket) : null;
  }

  giveTask(rooms: readonly string[], text: string, due: string): Promise<Reply> {
    return this.speak({ action: "task-create", rooms: [...rooms], text, due });
  }

  giveMove(move: { item: string; source: string; target: string; quantity: number }, text: string, due: string): Promise<Reply> {
    return this.speak({ action: "task-transfer", ...move, text, due });
  }

  cancelTask(task: string): Promise<Reply> {
    return this.speak({ action: "task-cancel", task });
  }

  addNotice(words: Value): Promise<Reply> {
    return this.page.outbox.command(OPERATOR, { action: "notice-add", ...words }, { undo: false });
  }

  updateNotice(notice: string, words: Value): Promise<Reply> {
    return this.page.outbox.command(OPERATOR, { action: "notice-update", notice, ...words }, { undo: false });
  }

  hearNotice(notice: string, revision: number): Promise<Reply> {
    return this.page.outbox.command(OPERATOR, { action: "notice-hear", notice, revision }, { undo: false });
  }

  /** With the time in which it can be undone: it goes to everybody. */
  publishNotice(notice: string, revision: number): Promise<Reply> {
    return this.speak({ action: "notice-publish", notice, revision });
  }

  /** At once: what is wrong is told to callers meanwhile. */
  withdrawNotice(notice: string, reason: string): Promise<Reply> {
    return this.page.outbox.command(OPERATOR, { action: "notice-withdraw", notice, reason }, { undo: false });
  }

  /** Gives a command about a call; at once, for somebody waits at the telephone. */
  call(command: Value): Promise<Reply> {
    return this.page.outbox.command(OPERATOR, command, { undo: false });
  }

  private speak(command: Value): Promise<Reply> {
    return this.page.outbox.command(OPERATOR, command);
  }

  override describe(frame: Pending["frame"]): string {
    if (frame.type === "stock" || frame.to !== OPERATOR) return super.describe(frame);
    const { command } = frame;
    switch (command.action) {
      case "task-create":
        return wt("do_task_create", { n: (command.rooms as string[]).length });
      case "task-transfer":
        return wt("do_task_transfer", { quantity: number(Number(command.quantity), 2), unit: "", item: itemName(String(command.item)) });
      case "task-cancel":
        return wt("do_task_cancel", { id: String(command.task) });
      case "notice-add":
        return wt("do_notice_add");
      case "notice-update":
      case "notice-hear":
      case "notice-publish":
      case "notice-withdraw":
        return wt(`do_${command.action.replace("-", "_")}` as WarroomKey, { id: String(command.notice) });
      case "merge":
        return wt("do_merge");
      default:
        return wt("do_drop");
    }
  }
}
