// Writing a notice to the public, or its next revision.
import { html, type TemplateResult } from "lit";
import { serverNow } from "../link/clock";
import type { Reply, Value } from "../link/frames";
import { openDialog, type DialogHandle } from "../ui/dialog";
import { DraftForm } from "../ui/form";
import { fromLocalInput, localInput } from "../ui/format";
import { names } from "../ui/names";
import { named } from "../ui/text";
import type { WarroomDesk } from "./desk";
import type { Notice } from "./notices_tab";
import { wt } from "./text";
import type { WarroomKey } from "./text/en";

const MAX_TEXT = 1_000; // characters, as `warroom notice add` has it
const HOURS = 24;
const HOUR_MS = 3_600_000;
const MAX_DAYS = 31;
const ALL = "all";
const TEXTS = ["text_hi", "text"] as const;
// as CAP 1.2 has them, in the order in which they are used most
const CHOICES = {
  severity: ["Moderate", "Severe", "Extreme", "Minor", "Unknown"],
  urgency: ["Expected", "Immediate", "Future", "Past", "Unknown"],
  certainty: ["Likely", "Observed", "Possible", "Unlikely", "Unknown"],
  category: ["Safety", "Met", "Health", "Transport", "Infra", "Fire", "Rescue", "Geo", "Env", "Security", "CBRNE", "Other"],
} as const;
type Choice = keyof typeof CHOICES;

/** Args: done: gets the answer to come; before: the revision that is changed. */
export async function noticeDialog(desk: WarroomDesk, done: (reply: Promise<Reply>) => void, before?: Notice): Promise<void> {
  let dialog: DialogHandle | undefined;
  const key = before ? `notice-${before.id}-${before.revision}` : "notice";
  const form = new DraftForm(desk.page.drafts, key, base(before), () => dialog?.update());
  const submit = (event: Event) => {
    event.preventDefault();
    const errors = errorsOf(form);
    if (Object.keys(errors).length) return form.fail(errors, dialog?.element ?? document);
    const reply = before ? desk.updateNotice(before.id, wordsOf(form)) : desk.addNotice(wordsOf(form));
    void reply.then((answer) => answer.accepted && form.discard());
    done(reply);
    dialog?.close();
  };
  await openDialog(
    {
      title: () => (before ? wt("changeNoticeOf", { id: before.id }) : wt("newNotice")),
      kind: "wide",
      body: () => html`<form id="notice" class="task-form" @submit=${submit}>
        ${form.field("text_hi", wt("noticeTextHi"), { kind: "textarea", max: MAX_TEXT, focus: true })}
        ${form.field("text", wt("noticeText"), { kind: "textarea", max: MAX_TEXT })}
        <div class="pair">${form.field("event_hi", wt("noticeEventHi"))} ${form.field("event", wt("noticeEvent"))}</div>
        <div class="pair">
          ${form.field("starts", wt("noticeStarts"), { kind: "datetime-local" })} ${form.field("ends", wt("noticeEnds"), { kind: "datetime-local" })}
        </div>
        ${districts(form)}
        <details>
          <summary>${wt("noticeMore")}</summary>
          ${form.field("spoken_hi", wt("noticeSpokenHi"), { kind: "textarea", max: MAX_TEXT })}
          ${form.field("spoken", wt("noticeSpoken"), { kind: "textarea", max: MAX_TEXT })}
          <div class="pair">${(Object.keys(CHOICES) as Choice[]).map((one) => choice(form, one))}</div>
          <label class="check"
            ><input type="checkbox" .checked=${form.value("exercise") === "yes"} @change=${(event: Event) => form.set("exercise", (event.target as HTMLInputElement).checked ? "yes" : "no")} />
            <span>${wt("noticeIsExercise")}</span></label
          >
        </details>
      </form>`,
      buttons: () => html`<button type="submit" form="notice" class="primary">${wt("saveNotice")}</button>`,
    },
    (handle) => (dialog = handle),
  );
}

function base(before: Notice | undefined): Record<string, string> {
  if (!before) return { ends: localInput(serverNow() + HOURS * HOUR_MS), districts: "", exercise: "no" };
  const { text, text_hi, event, event_hi, spoken, spoken_hi, severity, urgency, certainty, category } = before;
  return {
    text, text_hi, event, event_hi, spoken, spoken_hi, severity, urgency, certainty, category,
    starts: localInput(Date.parse(before.starts)),
    ends: localInput(Date.parse(before.ends)),
    districts: before.districts.join(" ") || ALL,
    exercise: before.exercise ? "yes" : "no",
  };
}

function choice(form: DraftForm, name: Choice): TemplateResult {
  const options = CHOICES[name].map((value) => [value, wt(`${name}_${value}` as WarroomKey)] as const);
  return form.choice(name, wt(`notice_of_${name}` as WarroomKey), options);
}

function chosen(form: DraftForm): string[] {
  const wanted = new Set(form.value("districts").split(" "));
  return (names()?.districts ?? []).map((one) => one.id).filter((id) => wanted.has(id));
}

function districts(form: DraftForm): TemplateResult {
  const whole = form.value("districts") === ALL;
  const now = new Set(chosen(form));
  const set = (ids: Iterable<string>) => form.set("districts", [...ids].join(" "));
  const toggle = (id: string, on: boolean) => {
    if (on) now.add(id);
    else now.delete(id);
    set(now);
  };
  return html`<fieldset class="rooms">
    <legend>${wt("noticeWhere")}</legend>
    <label class="check"
      ><input type="checkbox" .checked=${whole} @change=${(event: Event) => set((event.target as HTMLInputElement).checked ? [ALL] : [])} />
      <span>${wt("wholeState")}</span></label
    >
    ${form.errors.districts ? html`<p class="error">${form.errors.districts}</p>` : ""}
    <div class="checks">
      ${(names()?.districts ?? []).map(
        (one) => html`<label class="check">
          <input type="checkbox" ?disabled=${whole} .checked=${now.has(one.id)} @change=${(event: Event) => toggle(one.id, (event.target as HTMLInputElement).checked)} />
          <span>${named(one)}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}

function errorsOf(form: DraftForm): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const name of TEXTS) if (!form.value(name).trim()) errors[name] = wt("needsBothTexts");
  const ends = Date.parse(fromLocalInput(form.value("ends")));
  const starts = form.value("starts") ? Date.parse(fromLocalInput(form.value("starts"))) : serverNow();
  if (!(ends > serverNow()) || !(ends > starts)) errors.ends = wt("needsFuture");
  else if (ends - Math.max(starts, serverNow()) > MAX_DAYS * HOURS * HOUR_MS) errors.ends = wt("needsMonth", { n: MAX_DAYS });
  if (form.value("districts") !== ALL && !chosen(form).length) errors.districts = wt("needsDistricts");
  return errors;
}

function wordsOf(form: DraftForm): Value {
  const words: Record<string, unknown> = {
    districts: form.value("districts") === ALL ? [] : chosen(form),
    ends: fromLocalInput(form.value("ends")),
    exercise: form.value("exercise") === "yes",
    spoken: form.value("spoken").trim(),
    spoken_hi: form.value("spoken_hi").trim(),
  };
  if (form.value("starts")) words.starts = fromLocalInput(form.value("starts"));
  for (const name of TEXTS) words[name] = form.value(name).trim();
  for (const name of ["event", "event_hi", ...Object.keys(CHOICES)]) if (form.value(name).trim()) words[name] = form.value(name).trim();
  return words as Value;
}
