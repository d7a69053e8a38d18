// New tickets told by sound and to screen readers: the alarm for danger to life until it is taken, a chime for others.
import type { Change } from "../link/frames";
import type { Ticket } from "../link/model";
import type { Desk } from "../ticket/desk";
import { placeOf } from "../ticket/desk";
import { columnOf, isAlarming } from "../ticket/order";
import { needName } from "../ui/names";
import { visible } from "../ui/outside_text";
import { tr } from "./text";

const PLACE = 80;

export class Announcer {
  /** For the live regions: polite, and assertive. */
  polite = "";
  assertive = "";

  constructor(private readonly desk: Desk) {}

  /** Takes a change of a ticket. */
  take(change: Change & { before: unknown }): void {
    const ticket = change.value as unknown as Ticket | null;
    const before = change.before as Ticket | undefined;
    if (!ticket || columnOf(ticket) !== "waiting" || (before && columnOf(before) === "waiting")) return;
    const place = visible(placeOf(ticket)).slice(0, PLACE);
    if (ticket.priority === 1) {
      this.assertive = tr("newDanger", { place });
      return;
    }
    this.polite = tr("newTicket", { need: needName(ticket.service_code), place });
    this.desk.page.sounds.once("chime");
  }

  /** Sounds the alarm while somebody in danger waits and nobody here has decided about it. */
  settle(): void {
    const alarming = [...this.desk.tickets.values()].some((one) => isAlarming(one) && !this.desk.pending(one).length);
    this.desk.page.sounds.repeat("alarm", alarming);
  }
}
