// What a person at a room's desk does with tickets: finds them, and gives commands about them.
import type { Reply, Value } from "../link/frames";
import type { KeptDraft } from "../link/drafts";
import type { Ticket } from "../link/model";
import type { Pending } from "../link/outbox";
import { user } from "../link/page";
import type { Page } from "../start";
import { itemName, needName, textOf } from "../ui/names";
import { type Action, actionKey, isPossible, nextStep, OF_ROOMS } from "./actions";
import { tt } from "./text";

// refused when the ticket has changed since the person looked: these are about what it said then
const OF_ITS_VERSION: readonly string[] = ["correct", "reroute", "merge", "propose-reject"];

export class Desk {
  /**
   * @param room - Whose commands these are: the topic is `rooms/<room>/commands`.
   * @param collections - Of the page's view, in which tickets are looked for.
   */
  constructor(
    readonly page: Page,
    readonly room: string,
    private readonly collections: readonly string[] = ["tickets"],
  ) {}

  /** Whether this person may give commands here: a room's are given by the room alone. */
  get commands(): boolean {
    return user.role === "room" ? user.room === this.room : user.role === "warroom" && this.room === "state";
  }

  /** All tickets that are to be acted on, by number. */
  get tickets(): ReadonlyMap<string, Ticket> {
    return this.page.link.store.collection<Ticket>(this.page.view, this.collections[0] ?? "tickets");
  }

  find(number: string): Ticket | undefined {
    for (const name of this.collections) {
      const found = this.page.link.store.get<Ticket>(this.page.view, name, number);
      if (found) return found;
    }
    return undefined;
  }

  /** What may be done with a ticket here and now, in the order of its buttons; nothing with another room's. */
  possible(ticket: Ticket): readonly Action[] {
    return this.commands && this.tickets.has(ticket.service_request_id) ? OF_ROOMS.filter((action) => isPossible(action, ticket)) : [];
  }

  /** The step that comes next. */
  next(ticket: Ticket): Action | null {
    return nextStep(ticket);
  }

  /** Commands about a ticket that are on their way, a whole cluster's among them. */
  pending(ticket: Ticket): readonly Pending[] {
    return this.page.outbox.pending.filter(({ frame }) => {
      if (frame.type !== "command") return false;
      if (frame.command.ticket === ticket.service_request_id) return true;
      const other = frame.command.whole_cluster ? this.find(String(frame.command.ticket)) : undefined;
      return !!other && other.cluster === ticket.cluster;
    });
  }

  /** Gives a command about a ticket; what goes with the action is in `more`, what was typed for it in `draft`. */
  give(action: Action | string, ticket: Ticket, more: Value = {}, draft?: KeptDraft): Promise<Reply> {
    const number = ticket.service_request_id;
    const earlier = this.page.outbox.about(number);
    for (const one of earlier) this.page.outbox.sendNow(one.id); // one step after the other
    const version = OF_ITS_VERSION.includes(action) && !earlier.length ? { if_version: ticket.version } : {};
    const undo = action !== "call-citizen";
    return this.page.outbox.command(`rooms/${this.room}`, { ticket: number, action, ...version, ...more }, { undo, draft });
  }

  /** Says in words what a command on its way is. */
  describe(frame: Pending["frame"]): string {
    if (frame.type === "stock") return tt("about", { action: tt("action_stock"), number: itemName(frame.item) });
    const command = frame.command;
    const action = tt(actionKey(String(command.action)));
    const number = String(command.ticket ?? command.task ?? "");
    if (!command.whole_cluster) return tt("about", { action, number });
    const ticket = this.find(number);
    if (!ticket) return tt("aboutCluster", { action, number });
    const n = [...this.tickets.values()].filter((one) => one.cluster === ticket.cluster).length;
    return tt("aboutAll", { action, n, need: needName(ticket.service_code), zipcode: ticket.zipcode });
  }
}

/** The place in one line, as somebody who drives there wants it. */
export function placeOf(ticket: Ticket): string {
  const parts = [ticket.landmark, ticket.address].filter((part) => part.trim());
  if (ticket.zipcode) parts.push(ticket.zipcode);
  return parts.join(", ") || tt("noPlace");
}

/** What the citizen wants, in the words there are. */
export function wordsOf(ticket: Ticket): string {
  return ticket.description || ticket.transcript || ticket.status_notes;
}

export function stageName(ticket: Ticket): string {
  return textOf("stage", ticket.stage);
}
