// Notices to the public: written, listened to, published, brought up to date, taken back.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../link/clock";
import type { Reply } from "../link/frames";
import type { NoticeContent } from "../link/model";
import { failure, getJson } from "../ui/api";
import { confirmDialog, openDialog } from "../ui/dialog";
import { LightElement } from "../ui/element";
import { DraftForm } from "../ui/form";
import { when } from "../ui/format";
import { outside } from "../ui/outside_text";
import { language } from "../ui/text";
import type { WarroomDesk } from "./desk";
import { noticeDialog } from "./notice_dialog";
import { wt } from "./text";
import type { WarroomKey } from "./text/en";

type Status = "draft" | "heard" | "published" | "replaced" | "withdrawn" | "expired";

/** A revision as `/api/notices` sends it. */
export interface Notice extends NoticeContent {
  id: string;
  revision: number;
  status: Status;
  made: string;
  made_by: string;
  heard_by: string;
  published: string | null;
  published_by: string;
  ended_by: string;
  reason: string;
  /** Whether it can be listened to already. */
  sound: boolean;
}

const OPEN: readonly Status[] = ["draft", "heard", "published"];
const LANGUAGES = ["hi", "en"] as const;
const SOON_MS = 2_000; // a sound is made in a second or two
const COLOURS: Record<Status, string> = { draft: "amber", heard: "blue", published: "green", replaced: "", withdrawn: "", expired: "" };

/** `<wr-notices .desk=…>`. */
export class NoticesTab extends LightElement {
  static override properties = { desk: { attribute: false }, notices: { state: true }, error: { state: true } };
  declare desk: WarroomDesk;
  declare notices: readonly Notice[] | undefined;
  declare error: string;
  /** What this person has listened to here to its end: `<id>/<revision>/<language>`. */
  private readonly heard = new Set<string>();

  override connectedCallback(): void {
    super.connectedCallback();
    const timer = setInterval(() => {
      if (this.notices?.some((one) => OPEN.includes(one.status) && !one.sound)) void this.read();
    }, SOON_MS);
    this.follow(
      this.desk.page.link.store.news.add(({ change }) => {
        if (!change || change.collection === "notices") void this.read();
      }),
      () => clearInterval(timer),
    );
    void this.read();
  }

  private async read(): Promise<void> {
    try {
      this.notices = (await getJson<{ notices: Notice[] }>("/api/notices")).notices;
      this.error = "";
    } catch (error) {
      this.error = failure(error);
    }
  }

  /** Waits for the answer of a command, and shows what became of it. */
  private readonly done = (reply: Promise<Reply>): void => void reply.then(() => this.read());

  override render(): TemplateResult {
    const all = this.notices ?? [];
    const open = all.filter((one) => OPEN.includes(one.status));
    const over = all.filter((one) => !OPEN.includes(one.status));
    return html`<section class="page fades" aria-label=${wt("tabNotices")}>
      <p class="row"><button type="button" class="primary" @click=${() => void noticeDialog(this.desk, this.done)}>${wt("newNotice")}</button></p>
      ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
      ${this.notices && !open.length ? html`<p class="empty">${wt("noticesNone")}</p>` : nothing}
      <div class="grid notices-desk">${open.map((one) => this.card(one))}</div>
      ${over.length ? html`<details><summary>${wt("noticesOver", { n: over.length })}</summary><div class="grid notices-desk">${over.map((one) => this.card(one))}</div></details>` : nothing}
    </section>`;
  }

  private card(one: Notice): TemplateResult {
    const waits = this.desk.page.outbox.about(one.id).length > 0;
    const hindi = language() === "hi";
    const texts = LANGUAGES.map((lang) => this.text(one, lang));
    return html`<article class="card ${waits ? "pending" : ""}" data-notice=${one.id} data-revision=${one.revision} aria-label="${wt("tabNotices")} ${one.id}">
      <header>
        <strong class="numeric">${one.id}</strong>
        <span class="chip ${COLOURS[one.status]}">${wt(`notice_${one.status}`)}</span>
        ${one.exercise ? html`<span class="chip amber">${wt("noticeExercise")}</span>` : nothing}
        <span class="space"></span>
        <span class="muted small">${wt("revision", { n: one.revision })}</span>
      </header>
      <p><strong>${outside(hindi ? one.event_hi : one.event)}</strong> · ${outside(hindi ? one.area_hi : one.area, 200)}</p>
      ${hindi ? texts : texts.reverse()}
      <p class="muted small">
        ${wt("noticeTimes", { from: when(one.starts), until: when(one.ends) })} · ${wt(`severity_${one.severity}` as WarroomKey)}
        ${one.reason ? html` · ${outside(one.reason)}` : nothing}
      </p>
      <p class="muted small">${this.people(one)}</p>
      ${OPEN.includes(one.status) ? html`<footer class="row">${this.buttons(one, waits)}</footer>` : nothing}
    </article>`;
  }

  private text(one: Notice, lang: "hi" | "en"): TemplateResult {
    const [text, spoken] = lang === "hi" ? [one.text_hi, one.spoken_hi] : [one.text, one.spoken];
    const key = `${one.id}/${one.revision}/${lang}`;
    const label = wt(lang === "hi" ? "hearHindi" : "hearEnglish");
    return html`<div lang=${lang}>
      <p class="prose">${outside(text, 1_000)}</p>
      ${spoken && spoken !== text ? html`<p class="muted small">${wt("spokenAs")} ${outside(spoken, 1_000)}</p>` : nothing}
      ${!OPEN.includes(one.status)
        ? nothing
        : one.sound
          ? html`<audio controls preload="none" src="/api/notices/${key}.wav" aria-label=${label} @ended=${() => this.listened(key)}></audio>`
          : html`<p class="muted small" role="status">${wt("soundMaking")}</p>`}
    </div>`;
  }

  private listened(key: string): void {
    this.heard.add(key);
    this.requestUpdate();
  }

  private people(one: Notice): string {
    const said: string[] = [];
    if (one.made_by) said.push(wt("writtenBy", { who: one.made_by, time: when(one.made) }));
    if (one.heard_by) said.push(wt("heardBy", { who: one.heard_by }));
    if (one.published_by) said.push(wt("publishedBy", { who: one.published_by, time: when(one.published ?? one.made) }));
    if (one.ended_by) said.push(wt("endedBy", { who: one.ended_by }));
    return said.join(" · ");
  }

  private buttons(one: Notice, waits: boolean): TemplateResult {
    const newest = !this.notices?.some((other) => other.id === one.id && other.revision > one.revision);
    const listened = LANGUAGES.every((lang) => this.heard.has(`${one.id}/${one.revision}/${lang}`));
    const over = Date.parse(one.ends) <= serverNow();
    return html`
      ${one.status === "draft"
        ? html`<button type="button" class="primary" ?disabled=${waits || !listened} @click=${() => this.done(this.desk.hearNotice(one.id, one.revision))}>
              ${wt("heardRight")}</button
            >${listened ? nothing : html`<span class="muted small">${wt("hearFirst")}</span>`}`
        : nothing}
      ${one.status === "heard" ? html`<button type="button" class="primary" ?disabled=${waits || over} @click=${() => void this.publish(one)}>${wt("publish")}</button>` : nothing}
      ${newest ? html`<button type="button" ?disabled=${waits} @click=${() => void noticeDialog(this.desk, this.done, one)}>${wt("changeNotice")}</button>` : nothing}
      <span class="space"></span>
      <button type="button" class="danger" @click=${() => void this.withdraw(one)}>${wt("withdrawNotice")}</button>
    `;
  }

  private async publish(one: Notice): Promise<void> {
    const hindi = language() === "hi";
    const agreed = await confirmDialog(
      () => wt("confirmPublish"),
      () => wt("confirmPublishText", { where: hindi ? one.area_hi : one.area, until: when(one.ends) }),
      () => wt("publish"),
    );
    if (agreed) this.done(this.desk.publishNotice(one.id, one.revision));
  }

  private async withdraw(one: Notice): Promise<void> {
    const form = new DraftForm(this.desk.page.drafts, `notice-withdraw-${one.id}`, {}, () => undefined);
    await openDialog({
      title: () => wt("confirmWithdraw", { id: one.id }),
      body: () => html`<p>${wt("confirmWithdrawText")}</p>
        ${form.field("reason", wt("withdrawReason"), { focus: true })}`,
      buttons: (dialog) =>
        html`<button
          type="button"
          class="danger"
          @click=${() => {
            this.done(this.desk.withdrawNotice(one.id, form.value("reason").trim()));
            form.discard();
            dialog.close();
          }}
        >
          ${wt("withdrawNotice")}
        </button>`,
    });
  }
}
customElements.define("wr-notices", NoticesTab);
