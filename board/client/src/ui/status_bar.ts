// The bar at the top of every page: where one is, whether what is shown is fresh, sound, language, account.
import { html, nothing, type TemplateResult } from "lit";
import { CLOCK_WARNING_MS, clockError, serverNow } from "../link/clock";
import type { Outbox } from "../link/outbox";
import { user } from "../link/page";
import type { Link } from "../link/socket";
import { sessionEnded } from "./api";
import { type DialogContent, openDialog } from "./dialog";
import { LightElement } from "./element";
import { clock, clockSeconds, duration } from "./format";
import { showKeys } from "./keys";
import type { Sounds } from "./sound";
import { language, t, toggleLanguage } from "./text";

const TICK_MS = 1_000;
const RELOAD_WITHIN_MS = 60_000; // all pages of the state must not load anew in one second
const FIRST_CONNECT_MS = 3_000; // mostly far less: a banner that comes and goes would move buttons away under the pointer

/** `<wr-status>`: `.heading` and `.extra` are the page's own. */
export class StatusBar extends LightElement {
  static override properties = {
    link: { attribute: false },
    outbox: { attribute: false },
    sounds: { attribute: false },
    heading: { attribute: false },
    extra: { attribute: false },
    mayReload: { attribute: false },
  };
  declare link: Link;
  declare outbox: Outbox | undefined;
  declare sounds: Sounds | undefined;
  declare heading: string | TemplateResult;
  declare extra: TemplateResult | typeof nothing;
  /** Whether a new version may be loaded now without asking; left out: the person is asked. */
  declare mayReload: (() => boolean) | undefined;
  private readonly reloadAfter = Math.random() * RELOAD_WITHIN_MS;
  private outdatedSince = 0;
  private readonly opened = performance.now();

  constructor() {
    super();
    this.heading = "";
    this.extra = nothing;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const redraw = () => this.requestUpdate();
    this.follow(this.link.changed.add(redraw), sessionEnded.add(() => this.link.reconnect()));
    if (this.outbox) this.follow(this.outbox.changed.add(redraw));
    if (this.sounds) this.follow(this.sounds.changed.add(redraw));
    const timer = setInterval(() => {
      redraw();
      this.reloadWhenIdle();
    }, TICK_MS);
    this.follow(() => clearInterval(timer));
  }

  override render(): TemplateResult {
    document.documentElement.classList.toggle("stale", !this.link.fresh);
    const waiting = this.outbox?.pending.filter((one) => this.outbox?.secondsLeft(one) === 0).length ?? 0;
    return html`
      <header class="bar">
        <h1>${this.heading}</h1>
        ${this.extra}
        <span class="space"></span>
        ${waiting ? html`<span class="chip amber">${t("waitingCommands", { n: waiting })}</span>` : nothing}
        ${this.soundButton()}
        <span class="chip ${this.link.fresh ? "green" : "red"}" role="status">
          <span class="dot" aria-hidden="true"></span>
          ${this.link.fresh ? t("live") : this.link.asOf ? t("asOf", { time: clockSeconds(this.link.asOf) }) : t("connecting")}
        </span>
        <time class="clock">${clock(serverNow())}</time>
        <button type="button" class="quiet" title=${t("languageName")} @click=${toggleLanguage}>
          <span lang=${language() === "hi" ? "en" : "hi"}>${t("language")}</span> <kbd aria-hidden="true">H</kbd>
        </button>
        <button type="button" class="quiet keys-button" @click=${showKeys}>${t("help")} <kbd aria-hidden="true">?</kbd></button>
        ${user.name ? html`<a class="user" href="/account" title=${t("account")}><bdi>${user.name}</bdi></a>` : nothing}
      </header>
      ${this.banner()}
    `;
  }

  private async signIn(): Promise<void> {
    const { signInAgain } = await import("./sign_in"); // seldom asked for
    await signInAgain(() => this.link.reconnect());
  }

  private reloadWhenIdle(): void {
    if (!this.link.outdated) return;
    this.outdatedSince ||= Date.now();
    if (Date.now() - this.outdatedSince > this.reloadAfter && this.mayReload?.()) location.reload();
  }

  private soundButton(): TemplateResult | typeof nothing {
    if (!this.sounds) return nothing;
    const off = this.sounds.suspended;
    return html`<button type="button" class=${off ? "sound off" : "quiet sound"} @click=${() => this.soundDialog()}>
      ${t(off ? "soundOff" : "soundOn")}
    </button>`;
  }

  private soundDialog(): void {
    const sounds = this.sounds;
    if (!sounds) return;
    const change = (event: Event) => (sounds.volume = Number((event.target as HTMLInputElement).value) / 100);
    let leave = () => {};
    const content: DialogContent = {
      title: () => t("soundSettings"),
      body: () => html`
        <p>${t("soundHelp")}</p>
        ${sounds.mine || sounds.suspended ? nothing : html`<p class="note">${t("soundElsewhere")}</p>`}
        <label>${t("soundVolume")}
          <input type="range" min="5" max="100" .value=${String(sounds.volume * 100)} @input=${change} /></label>
        <p><button type="button" autofocus @click=${() => void sounds.test()}>${t("soundTest")}</button></p>
      `,
    };
    void openDialog(content, (dialog) => (leave = sounds.changed.add(dialog.update))).then(() => leave());
  }

  private banner(): TemplateResult | typeof nothing {
    const { link } = this;
    const time = link.asOf ? clockSeconds(link.asOf) : "";
    if (link.state === "signed-out") {
      return html`<div class="banner red" role="alert">
        <span>${t("signedOut")}</span>
        ${user.role === "wall" ? nothing : html`<button type="button" @click=${() => void this.signIn()}>${t("signInAgain")}</button>`}
      </div>`;
    }
    if (link.tooMany) return html`<div class="banner red" role="alert">${t("tooManyPages")}</div>`;
    if (link.state === "refused") return html`<div class="banner red" role="alert">${t("refused")}</div>`;
    if (link.state === "stale" || (link.state === "connecting" && link.asOf)) {
      return html`<div class="banner red" role="alert"><strong>${t("stale", { time })}</strong> ${t("staleHelp")}</div>`;
    }
    if (link.state === "connecting") {
      if (performance.now() - this.opened < FIRST_CONNECT_MS) return nothing; // the bar says that it connects
      return html`<div class="banner" role="status">${t("staleNever")}</div>`;
    }
    if (!link.broker) return html`<div class="banner red" role="alert"><strong>${t("brokerAway", { time })}</strong></div>`;
    if (!link.serve) return html`<div class="banner amber" role="alert">${t("serveAway")}</div>`;
    if (Math.abs(clockError()) > CLOCK_WARNING_MS) {
      return html`<div class="banner amber" role="status">${t("clockWrong", { duration: duration(clockError()) })}</div>`;
    }
    if (link.outdated) {
      return html`<div class="banner" role="status">
        <span>${t("outdated")}</span> <button type="button" @click=${() => location.reload()}>${t("reload")}</button>
      </div>`;
    }
    return nothing;
  }
}
customElements.define("wr-status", StatusBar);
