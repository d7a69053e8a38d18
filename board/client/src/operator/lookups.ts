// What the server knows of what is being typed: open tickets alike, the district of a postal code, earlier tickets.
import type { Ticket } from "../link/model";
import { getJson } from "../ui/api";
import type { TicketDraft } from "./ticket_form";

/** A pause in typing before the server is asked. */
const DELAY_MS = 350;

export class Lookups {
  duplicates: readonly Ticket[] = [];
  earlier: readonly Ticket[] = [];
  unknownPin = false;
  private asked = "";
  private timer = 0;
  private phone = "";

  constructor(private readonly changed: () => void) {}

  /** Find open tickets of the same number or place. */
  findDuplicates(draft: TicketDraft): void {
    const query = queryOf(draft);
    if (query === this.asked) return;
    this.asked = query;
    window.clearTimeout(this.timer);
    if (!query) return this.show([]);
    this.timer = window.setTimeout(() => {
      getJson<{ tickets: Ticket[] }>(`/api/duplicates?${query}`).then(
        ({ tickets }) => query === this.asked && this.show(tickets),
        () => undefined, // the form works without
      );
    }, DELAY_MS);
  }

  /** Find the district of a postal code; it is called back only when there is exactly one. */
  findPostalCode(pin: string, found: (district: string) => void): void {
    this.unknownPin = false;
    if (!pin) return;
    getJson<{ districts: string[] }>(`/api/postal-codes/${pin}`).then(
      ({ districts }) => {
        if (districts.length === 1 && districts[0]) found(districts[0]);
      },
      () => {
        this.unknownPin = true;
        this.changed();
      },
    );
  }

  /** Find the earlier tickets of a number. */
  findEarlier(phone: string): void {
    if (phone === this.phone) return;
    this.phone = phone;
    this.earlier = [];
    if (!phone) return;
    getJson<{ tickets: Ticket[] }>(`/api/tickets?${new URLSearchParams({ phone })}`).then(
      ({ tickets }) => {
        if (phone !== this.phone) return;
        this.earlier = tickets;
        this.changed();
      },
      () => undefined,
    );
  }

  forget(): void {
    window.clearTimeout(this.timer);
    this.asked = "";
    this.duplicates = [];
    this.unknownPin = false;
  }

  private show(tickets: readonly Ticket[]): void {
    this.duplicates = tickets;
    this.changed();
  }
}

function queryOf(draft: TicketDraft): string {
  if (!draft.need && !draft.zipcode && !draft.district && !draft.landmark) return "";
  const { phone, need, zipcode, district, landmark } = draft;
  const given = Object.entries({ phone, need, zipcode, district, landmark }).filter(([, value]) => value);
  return String(new URLSearchParams(given));
}
