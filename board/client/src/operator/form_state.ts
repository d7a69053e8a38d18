// The form on the screen: its draft in the browser's database, what it finds while one types, and its way to the server.
import type { Drafts } from "../link/drafts";
import { Listeners } from "../link/events";
import type { Reply } from "../link/frames";
import type { Answered, Outbox } from "../link/outbox";
import { type District, findDistricts } from "./catalogue";
import { Lookups } from "./lookups";
import { EMPTY, isTouched, pinIn, type TicketDraft, toCommand } from "./ticket_form";

/** Drafts of calls are `call:<uniqueid>`, of entries without one `entry:<time>`. */
const CALL = "call:";
const ENTRY = "entry:";
const OPEN_KEY = "warroom-form";

export interface Unfinished {
  key: string;
  draft: TicketDraft;
}

/** How the last filing went. */
export interface Filed {
  number: string;
  room: string;
  joined: boolean;
}

export class FormState {
  readonly changed = new Listeners<void>();
  readonly lookups = new Lookups(() => this.changed.tell());
  key = "";
  draft: TicketDraft = { ...EMPTY };
  suggestions: District[] = [];
  highlighted = 0;
  filed: Filed | null = null;
  unfinished: readonly Unfinished[] = [];

  /**
   * @param districts Returns those of the catalogue.
   * @param target The topic of the operator, `operators/<id>`.
   */
  constructor(
    private readonly drafts: Drafts,
    private readonly outbox: Outbox,
    private readonly districts: () => readonly District[],
    private readonly target: string,
  ) {
    outbox.answered.add((answered) => void this.answered(answered));
  }

  /** The unique id of the call the form is about; "" without one. */
  get call(): string {
    return this.key.startsWith(CALL) ? this.key.slice(CALL.length) : "";
  }

  /** Whether the form is on its way to the server. */
  get filing(): boolean {
    return this.isOnItsWay(this.key);
  }

  /** Take up where a reload left off. */
  async restore(): Promise<void> {
    const last = sessionStorage.getItem(OPEN_KEY) ?? "";
    if (last && (await this.drafts.load(last))) await this.show(last, {});
    await this.listUnfinished();
  }

  /** A call has come: its form opens, another that was open stays among the unfinished. */
  async openCall(call: string, phone: string): Promise<void> {
    if (this.call === call) return;
    await this.show(`${CALL}${call}`, { phone });
  }

  /** A call rang and was answered elsewhere, or not at all: its form closes; what was typed is among the unfinished. */
  async closeCall(call: string): Promise<void> {
    if (this.call !== call) return;
    this.begin("");
    this.reset();
    await this.drafts.flush();
    await this.listUnfinished();
  }

  /** Whether something is typed that is not about this call. */
  isTypedForOther(call: string): boolean {
    return this.call !== call && isTouched(this.draft) && !this.filing;
  }

  /** A form without a call: paper, a person at the counter. */
  openEntry(): void {
    this.take(`${ENTRY}${Date.now()}`, {}); // at once: the next key is for it
    void this.listUnfinished();
  }

  async reopen(key: string): Promise<void> {
    await this.show(key, {});
  }

  async throwAway(key: string): Promise<void> {
    await this.drafts.remove(key);
    if (this.key === key) this.reset();
    await this.listUnfinished();
  }

  /** Empty the form; it stays with its call. */
  async clear(): Promise<void> {
    await this.drafts.remove(this.key);
    this.reset(this.call ? { phone: this.draft.phone } : {});
    await this.listUnfinished();
  }

  set<F extends keyof TicketDraft>(field: F, value: TicketDraft[F]): void {
    if (!this.key) this.begin(`${ENTRY}${Date.now()}`);
    this.draft[field] = value;
    this.filed = null;
    if (field === "place") this.placeTyped();
    this.save();
    this.lookups.findDuplicates(this.draft);
    this.changed.tell();
  }

  /** Choose a district: from the suggestions, or because a postal code or a ticket says so. */
  chooseDistrict(district: District, name: string): void {
    Object.assign(this.draft, { district: district.id, place: name });
    this.suggestions = [];
    this.save();
    this.lookups.findDuplicates(this.draft);
    this.changed.tell();
  }

  moveHighlight(step: number): void {
    const count = this.suggestions.length;
    if (count) this.highlighted = (this.highlighted + step + count) % count;
    this.changed.tell();
  }

  closeSuggestions(): void {
    this.suggestions = [];
    this.changed.tell();
  }

  /** File the form as it is; what is missing sends the ticket to triage. The draft stays until it is accepted. */
  file(): void {
    if (this.filing || !isTouched(this.draft)) return;
    const command = { action: "file", ...toCommand(this.draft, this.call) };
    const draft = { key: this.key, fields: { ...this.draft } };
    void this.outbox.command(this.target, command, { undo: false, draft });
    this.changed.tell();
  }

  /** Show what has become of a ticket, above the form. */
  showFiled(reply: Reply): void {
    this.filed = filedOf(reply);
    this.changed.tell();
  }

  private async show(key: string, preset: Partial<TicketDraft>): Promise<void> {
    await this.drafts.flush();
    const kept = (await this.drafts.load(key)) as Partial<TicketDraft> | undefined;
    this.take(key, { ...preset, ...kept });
    await this.listUnfinished();
  }

  private take(key: string, fields: Partial<TicketDraft>): void {
    this.begin(key);
    this.reset(fields);
    this.lookups.findDuplicates(this.draft);
  }

  private begin(key: string): void {
    this.key = key;
    sessionStorage.setItem(OPEN_KEY, key); // after a reload it is open again
  }

  private reset(preset: Partial<TicketDraft> = {}): void {
    this.draft = { ...EMPTY, ...preset };
    this.suggestions = [];
    this.filed = null;
    this.lookups.forget();
    this.changed.tell();
  }

  private save(): void {
    this.draft.at ||= new Date().toISOString();
    this.drafts.save(this.key, { ...this.draft });
    void this.drafts.flush(); // at every key: a telephone call cannot be asked again
  }

  private placeTyped(): void {
    const { place } = this.draft;
    const zipcode = pinIn(place);
    Object.assign(this.draft, { district: "", zipcode });
    this.suggestions = zipcode ? [] : findDistricts(this.districts(), place);
    this.highlighted = 0;
    this.lookups.findPostalCode(zipcode, (district) => {
      if (this.draft.zipcode !== zipcode) return;
      this.draft.district = district;
      this.save();
      this.lookups.findDuplicates(this.draft);
      this.changed.tell();
    });
  }

  /** A ticket that was refused stays a form to be filled; so does what was typed after the key. */
  private async answered({ pending, reply }: Answered): Promise<void> {
    const { draft, frame } = pending;
    if (!draft || frame.type !== "command" || frame.command.action !== "file") return;
    if (reply.accepted) await this.drafts.settle(draft);
    if (draft.key === this.key) {
      const same = JSON.stringify(this.draft) === JSON.stringify(draft.fields);
      if (reply.accepted && same) this.reset(this.call ? { phone: this.draft.phone } : {});
      this.filed = reply.accepted ? filedOf(reply) : null;
    }
    await this.listUnfinished();
  }

  private isOnItsWay(key: string): boolean {
    return this.outbox.pending.some(({ draft }) => draft?.key === key);
  }

  private async listUnfinished(): Promise<void> {
    const found: Unfinished[] = [];
    for (const key of await this.drafts.keys()) {
      const draft = (await this.drafts.load(key)) as unknown as TicketDraft | undefined;
      const ours = key.startsWith(CALL) || key.startsWith(ENTRY);
      if (ours && draft && key !== this.key && !this.isOnItsWay(key) && isTouched(draft)) found.push({ key, draft });
    }
    this.unfinished = found.sort((a, b) => a.draft.at.localeCompare(b.draft.at));
    this.changed.tell();
  }
}

function filedOf(reply: Reply): Filed {
  const { ticket, room, joined } = reply.data;
  return { number: String(ticket), room: String(room), joined: joined === true };
}
