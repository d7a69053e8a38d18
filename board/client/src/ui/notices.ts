// Notices to the public that are published now: a strip on the pages of rooms and operators and on the state wall.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../link/clock";
import type { PublicNotice } from "../link/model";
import type { Store } from "../link/store";
import { when } from "./format";
import { outside } from "./outside_text";
import { language, t } from "./text";

const SEVERITIES = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
const SHOWN = 3; // a strip leaves room for the work below it; of more the number is told
const TURN_MS = 15_000; // on a wall: both languages are read from afar
const CUT = 220; // characters of a text: two lines of a wide screen

/** The gravest first, then the newest. */
export function noticesOf(store: Store, view: string): PublicNotice[] {
  const grave = (one: PublicNotice) => SEVERITIES.indexOf(one.severity);
  return [...store.collection<PublicNotice>(view, "notices").values()]
    .filter((one) => Array.isArray(one.districts) && Date.parse(one.ends) > serverNow()) // what is none of ours is no notice
    .sort((a, b) => grave(a) - grave(b) || Date.parse(b.published) - Date.parse(a.published));
}

/** The strip; `district`: only what concerns it, and the whole state. */
export function noticeStrip(store: Store, view: string, district = ""): TemplateResult | typeof nothing {
  const all = noticesOf(store, view).filter((one) => !district || !one.districts.length || one.districts.includes(district));
  if (!all.length) return nothing;
  return html`<section class="notices" aria-label=${t("notices")}>
    ${all.slice(0, SHOWN).map((one) => line(one))} ${all.length > SHOWN ? html`<p class="small muted">${t("moreNotices", { n: all.length - SHOWN })}</p>` : nothing}
  </section>`;
}

/** For a wall, which has no room for more than one: each in its turn. */
export function noticeInTurn(store: Store, view: string): TemplateResult | typeof nothing {
  const all = noticesOf(store, view);
  const at = Math.floor(serverNow() / TURN_MS) % (all.length || 1);
  const notice = all[at];
  if (!notice) return nothing;
  return html`<section class="notices one" aria-label=${t("notices")}>${line(notice, all.length > 1 ? `${at + 1}/${all.length}` : "")}</section>`;
}

function line(notice: PublicNotice, place = ""): TemplateResult {
  const grave = notice.severity === "Extreme" || notice.severity === "Severe";
  const hindi = language() === "hi";
  const ahead = Date.parse(notice.starts) > serverNow();
  const texts = [html`<p lang="hi">${outside(notice.text_hi, CUT)}</p>`, html`<p lang="en">${outside(notice.text, CUT)}</p>`];
  return html`<article class="notice ${grave ? "grave" : ""}" data-notice=${notice.id}>
    <header>
      <strong>${grave ? "▲" : "●"} ${outside(hindi ? notice.event_hi : notice.event)}</strong>
      ${notice.exercise ? html`<span class="chip amber">${t("noticeExercise")}</span>` : nothing}
      <span>${outside(hindi ? notice.area_hi : notice.area, CUT)}</span>
      ${place ? html`<span class="chip numeric">${place}</span>` : nothing}
      <span class="numeric">${ahead ? `${t("noticeFrom", { time: when(notice.starts) })} ` : ""}${t("noticeUntil", { time: when(notice.ends) })}</span>
    </header>
    ${hindi ? texts : texts.reverse()}
  </article>`;
}
