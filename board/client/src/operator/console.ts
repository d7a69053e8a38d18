// The console: what the board and Asterisk say of this operator, the telephone, the form, and the commands of the keys.
import { serverNow } from "../link/clock";
import { Listeners } from "../link/events";
import type { Reply, Value } from "../link/frames";
import type { Catalogue, Ticket } from "../link/model";
import type { Outbox } from "../link/outbox";
import { user } from "../link/page";
import type { Link } from "../link/socket";
import type { Page } from "../start";
import { catalogue } from "../ui/api";
import { named, reasonOf } from "../ui/text";
import type { Sounds } from "../ui/sound";
import { FormState } from "./form_state";
import { asE164, type CallMode, type CurrentCall, modeOf, type OperatorRow, type OperatorState, othersIn } from "./shapes";
import type { Callback, QueueNow } from "./shapes";
import { Telephone } from "./telephone";
import { YES } from "./ticket_form";
import { w } from "./text";

/** A hang-up that the server has not done by then is done by the telephone itself. */
const HANG_UP_MS = 3_000;
const TICK_MS = 1_000;
/** The call whose recording was paused; a reload must not forget it. */
const RECORDING_PAUSED = "warroom-recording-paused";
export const LINE_104 = "line-104";
export const LINE_181 = "line-181";
const ROOM = "room-";
const QUEUE = "queue-";
const EMERGENCY = "emergency";

const NO_CATALOGUE: Catalogue = { needs: [], districts: [], rooms: [], desks: [], items: [], states: [] };

export type SuperviseMode = "listen" | "whisper" | "join";

export class Console {
  /** Told when the page is to be drawn again. */
  readonly changed = new Listeners<void>();
  /** Told of the microphone's level, 0 to 1, ten times a second. */
  readonly level = new Listeners<number>();
  /** Told when a call has come, once its form is open. */
  readonly called = new Listeners<void>();
  /** Told once the catalogue is there. */
  readonly ready = new Listeners<void>();
  readonly link: Link;
  readonly outbox: Outbox;
  readonly sounds: Sounds;
  readonly telephone: Telephone;
  readonly form: FormState;
  readonly me = user.operator ?? "";
  readonly target = `operators/${this.me}`;
  readonly view: string;
  catalogue: Catalogue = NO_CATALOGUE;
  /** Why nothing happened, when the page itself knows. */
  notice = "";
  /** The call whose form was opened last, and the one that rings; "" for none. */
  private opened = "";
  private rung = "";
  private opening: Promise<void> = Promise.resolve();
  /** Who is being called into the call; Asterisk names a party once it has answered. */
  private asked = "";

  constructor({ link, outbox, sounds, drafts, view }: Page) {
    this.link = link;
    this.outbox = outbox;
    this.sounds = sounds;
    this.view = view;
    const changed = () => this.changed.tell();
    this.form = new FormState(drafts, outbox, () => this.catalogue.districts, this.target);
    this.telephone = new Telephone(
      changed,
      (level) => this.level.tell(level),
      (on) => this.sounds.repeat("ring", on),
    );
    this.form.changed.add(changed);
    this.link.changed.add(() => {
      this.ringBell();
      changed();
    });
    this.outbox.changed.add(changed);
    this.link.store.news.add(({ view }) => view === this.view && this.newsCame());
  }

  async start(): Promise<void> {
    await this.form.restore();
    window.setInterval(() => (this.call || this.wrapUpLeft > 0) && this.changed.tell(), TICK_MS);
    this.catalogue = await untilThere(catalogue);
    this.changed.tell();
    this.ready.tell();
    if (this.call) this.called.tell();
  }

  // what the board says

  get call(): CurrentCall | undefined {
    return this.link.store.get<CurrentCall>(this.view, "call", "current");
  }
  /** The call that was answered: what the keys act on. */
  get inHand(): CurrentCall | undefined {
    return this.call?.ringing ? undefined : this.call;
  }
  get state(): OperatorState | undefined {
    return this.link.store.get<OperatorState>(this.view, "state", "state");
  }
  get mode(): CallMode {
    return this.call ? modeOf(this.call, this.me) : "talking";
  }
  get others(): string[] {
    return this.call ? othersIn(this.call, this.me) : [];
  }
  /** Open tickets of the caller, the most urgent and oldest first. */
  get callerTickets(): Ticket[] {
    const found = [...this.link.store.collection<Ticket>(this.view, "caller_tickets").values()];
    return found.sort(
      (a, b) => a.priority - b.priority || a.requested_datetime.localeCompare(b.requested_datetime),
    );
  }
  get callbacks(): [string, Callback][] {
    const found = [...this.link.store.collection<Callback>(this.view, "callbacks")];
    return found.sort(([, a], [, b]) => a.since.localeCompare(b.since));
  }
  get queues(): [string, QueueNow][] {
    const found = [...this.link.store.collection<QueueNow>(this.view, "queues")];
    return found.sort(([, a], [, b]) => b.waiting - a.waiting || (a.waiting_since ?? "").localeCompare(b.waiting_since ?? ""));
  }
  get operators(): [string, OperatorRow][] {
    const found = [...this.link.store.collection<OperatorRow>(this.view, "operators")];
    return found.sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true }));
  }
  get supervises(): boolean {
    return user.role === "supervisor" || user.role === "admin";
  }
  get hasBrowserTelephone(): boolean {
    return this.state?.kind === "browser";
  }
  /** Seconds of wrap-up that are left. */
  get wrapUpLeft(): number {
    const until = this.state?.wrapup_until;
    return until && !this.call ? Math.max(0, Math.ceil((Date.parse(until) - serverNow()) / 1_000)) : 0;
  }
  /** The room of the district that the form, or else the caller's first ticket, names. */
  get districtRoom(): string {
    const district = this.form.draft.district || this.callerTickets[0]?.district;
    return this.catalogue.districts.find(({ id }) => id === district)?.room ?? "";
  }

  /** A party of the call in words. */
  partyName(who: string): string {
    if (who === "citizen") return w("citizen");
    if (who === LINE_104) return w("to104");
    if (who === LINE_181) return w("to181");
    if (who === EMERGENCY) return w("toEmergency");
    if (who.startsWith(ROOM)) return w("toRoom", { name: this.roomName(who.slice(ROOM.length)) });
    if (who.startsWith(QUEUE)) return w("toQueue", { name: this.queueName(who.slice(QUEUE.length)) });
    return who === `operator-${this.me}` ? w("you") : who;
  }
  roomName(room: string): string {
    return named(this.catalogue.rooms.find(({ id }) => id === room), room);
  }
  /** `health-hi` in words; `division-bhopal-en` has the division's name. */
  queueName(queue: string): string {
    const [, skill = queue, spoken] = /^(.+)-(hi|en)$/.exec(queue) ?? [];
    const name = { general: w("skillGeneral"), health: w("skillHealth") }[skill] ?? this.roomName(skill);
    return spoken ? `${name} · ${w(spoken === "hi" ? "languageHi" : "languageEn")}` : name;
  }
  needName(need: string): string {
    return named(this.catalogue.needs.find(({ id }) => id === need), need);
  }

  // the operator

  /** Open the telephone, and take calls. */
  async goReady(): Promise<void> {
    void this.sounds.unlock();
    if (this.hasBrowserTelephone) {
      await this.telephone.goReady();
      if (this.telephone.state.stage !== "on") return;
    }
    if (!this.state?.present) await this.say("login");
    else if (this.state.paused) await this.say("unpause");
  }
  async pause(reason: string): Promise<void> {
    await this.say("pause", { reason });
  }
  async logOut(): Promise<void> {
    await this.say("logout");
    if (this.telephone.state.stage === "on" && !this.telephone.state.talking) this.telephone.stop();
  }

  // the call: all but answering and muting is done in Asterisk, by command

  answer(): void {
    this.telephone.answer();
  }
  async hold(): Promise<void> {
    const other = this.others[0];
    if (["consulting", "calling"].includes(this.mode) && other) await this.control("drop", { leg: other });
    else await this.control(this.mode === "held" ? "resume" : "hold");
  }
  /** The others in the call, in words. */
  get othersNamed(): string {
    const { mode } = this;
    if (mode === "calling" && this.asked) return this.partyName(this.asked);
    return this.others.map((one) => this.partyName(one)).join(", ");
  }

  async consult(destination: string): Promise<void> {
    this.asked = destination;
    await this.control("consult", { destination });
  }
  async consultRoom(): Promise<void> {
    if (!this.districtRoom) return this.tell(w("chooseDistrictFirst"));
    await this.consult(`${ROOM}${this.districtRoom}`);
  }
  async joinAll(): Promise<void> {
    await this.control("conference");
  }
  async leave(): Promise<void> {
    await this.control("complete");
  }
  async transfer(destination: string): Promise<void> {
    await this.control("blind-transfer", { destination });
  }
  async danger(): Promise<void> {
    if (this.mode === "ringing") return;
    this.form.set("danger", YES);
    const reply = await this.control("danger");
    if (reply?.accepted) this.form.showFiled(reply);
    const refused = reply?.data.refused as Pick<Reply, "code" | "reason" | "reason_hi"> | undefined;
    // The ticket is filed all the same: the operator must know that nobody is being called.
    if (refused) this.tell(w("refused", { reason: reasonOf(refused) }));
  }
  /** Whether this operator has paused the recording of the call in hand. */
  get recordingPaused(): boolean {
    return this.call !== undefined && sessionStorage.getItem(RECORDING_PAUSED) === this.call.uniqueid;
  }
  async record(on: boolean): Promise<void> {
    const reply = await this.control(on ? "record-resume" : "record-pause");
    if (!reply?.accepted) return;
    sessionStorage.setItem(RECORDING_PAUSED, on ? "" : (this.call?.uniqueid ?? ""));
    this.changed.tell();
  }
  async hangUp(): Promise<void> {
    if (!this.inHand) return this.telephone.hangUp();
    const { uniqueid } = this.inHand;
    const timer = window.setTimeout(() => this.call?.uniqueid === uniqueid && this.telephone.hangUp(), HANG_UP_MS);
    const reply = await this.control("hang-up");
    if (reply && !reply.accepted) window.clearTimeout(timer);
  }
  /** What was typed is filed as it is, and the call ends. */
  async saveAndEnd(): Promise<void> {
    this.form.file();
    if (this.inHand || this.telephone.state.talking) await this.hangUp();
  }
  async addToTicket(ticket: string): Promise<void> {
    const call = this.call?.uniqueid ?? this.form.call;
    if (!call || this.call?.ringing) return;
    const { note } = this.form.draft;
    const reply = await this.say("add-to-ticket", { call, ticket, ...(note && { note }) });
    if (!reply?.accepted) return;
    await this.form.clear();
    this.form.showFiled({ ...reply, data: { ...reply.data, joined: true } });
  }

  // calling back

  async takeCallback(callback: string): Promise<void> {
    if (this.hasBrowserTelephone) this.telephone.expectCall();
    await this.say("take-callback", { callback });
  }
  async dropCallback(callback: string): Promise<void> {
    await this.say("drop-callback", { callback });
  }

  // supervision

  /** How this supervisor is in another's call. */
  supervising: SuperviseMode | "" = "";

  async supervise(operator: string, mode: SuperviseMode): Promise<void> {
    this.supervising = mode;
    if (this.hasBrowserTelephone) this.telephone.expectCall();
    await this.say("supervise", { operator, mode });
  }
  async takeOver(operator: string): Promise<void> {
    if (this.hasBrowserTelephone) this.telephone.expectCall();
    await this.say("take-over", { operator });
  }
  async forcePause(operator: string): Promise<void> {
    await this.say("pause", { operator, reason: "supervisor" });
  }
  async forceLogOut(operator: string): Promise<void> {
    await this.say("logout", { operator });
  }

  tell(notice: string): void {
    this.notice = notice;
    this.changed.tell();
  }

  /** Act on the call in hand. Never kept for later: in a minute it would be another call. */
  private async control(action: string, fields: Value = {}): Promise<Reply | undefined> {
    const call = this.inHand;
    if (!call) return undefined;
    if (!this.link.fresh || !this.link.serve) {
      this.tell(w("noLinkForCalls"));
      return undefined;
    }
    return this.say(action, { call: call.uniqueid, ...fields });
  }

  private say(action: string, fields: Value = {}): Promise<Reply> {
    this.notice = "";
    return this.outbox.command(this.target, { action, ...fields }, { undo: false });
  }

  private newsCame(): void {
    const { call, rung } = this;
    this.rung = call?.ringing ? call.uniqueid : "";
    if (rung && rung !== call?.uniqueid) void this.opening.then(() => this.form.closeCall(rung));
    this.openForm(call);
    this.ringBell();
    this.takeTelephoneBack();
    this.changed.tell();
  }

  /** A call opens itself as it rings; a form in which something is typed stays until the call is answered. */
  private openForm(call: CurrentCall | undefined): void {
    const phone = asE164(call?.caller ?? "");
    if (call) this.form.lookups.findEarlier(phone);
    const now = call && !(call.ringing && this.form.isTypedForOther(call.uniqueid)) ? call.uniqueid : "";
    if (now && now !== this.opened) {
      this.opening = this.form.openCall(now, phone);
      void this.opening.then(() => this.called.tell());
    }
    this.opened = now;
  }

  /** A telephone beside the screen is heard by itself, and not by who wears a headset; the browser's has its own bell. */
  private ringBell(): void {
    if (!this.hasBrowserTelephone) this.sounds.repeat("ring", this.rung !== "" && this.link.fresh);
  }

  /** After a reload of somebody at work the telephone comes back by itself. */
  private takeTelephoneBack(): void {
    const { telephone, state } = this;
    if (!this.hasBrowserTelephone || telephone.state.stage !== "off" || telephone.microphone.state.problem) return;
    if (state?.present && (telephone.wasTalking || !state.paused)) void telephone.goReady();
  }
}

/** Ask until it is answered: the page is of little use without the names of needs and districts. */
async function untilThere<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => window.setTimeout(resolve, 3_000));
    }
  }
}
