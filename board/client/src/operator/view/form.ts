// The form of a ticket: a need by one key, a place by three letters or six digits, the rest by Enter from field to field.
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { named } from "../../ui/text";
import { keyName, needsWithKeys, type Need } from "../catalogue";
import type { ConsoleKeys } from "../call_keys";
import type { Console } from "../console";
import { isTouched, missingIn, type TicketDraft, YES } from "../ticket_form";
import { w } from "../text";
import type { Word } from "../text/en";
import { asPhone, keyButton, panel } from "./parts";
import { strandedFields } from "./stranded";

type Field = keyof TicketDraft & Word;

export function ticketForm(console: Console, keys: ConsoleKeys): TemplateResult {
  const { form } = console;
  const submit = (event: Event) => {
    event.preventDefault();
    form.file();
  };
  return panel("form", heading(console), null, html`
    ${filedNote(console)}
    <form autocomplete="off" novalidate @submit=${submit} @keydown=${enterGoesOn}>
      ${needs(console)}
      <div class="fields">
        ${place(console)} ${text(console, "landmark", "span3")}
        ${text(console, "quantity")} ${text(console, "people", "", "numeric")} ${text(console, "name", "span2")}
        ${strandedFields(console)}
        ${note(console)}
        ${text(console, "phone", "span2", "tel")}
        <label class="span2"><span>${w("receivedAt")}</span>
          <input type="datetime-local" name="receivedAt" .value=${live(form.draft.receivedAt)}
            @input=${(event: Event) => form.set("receivedAt", valueOf(event))} /></label>
        ${check(console, "onBehalf", w("forOther"))} ${check(console, "danger", w("danger"))}
      </div>
      ${foot(console, keys)}
    </form>`);
}

/** Whose ticket it will be: after a call the form stays with it. */
function heading({ form }: Console): string {
  if (form.filed) return w("done");
  if (!form.call) return w("newTicketWithoutCall");
  return w("newTicketOf", { phone: form.draft.phone ? asPhone(form.draft.phone) : w("unknownNumber") });
}

/** Take a need, and go on to the place. */
export function chooseNeed(console: Console, need: Need): void {
  console.form.set("need", need.id);
  document.querySelector<HTMLElement>("#form [name=place]")?.focus();
}

/** Put the cursor where a call begins. */
export function focusNeed(): void {
  const chosen = document.querySelector<HTMLElement>("#form .needs [aria-checked=true]");
  (chosen ?? document.querySelector<HTMLElement>("#form .needs button"))?.focus();
}

function needs(console: Console): TemplateResult {
  const { form } = console;
  const all = needsWithKeys(console.catalogue.needs);
  const choose = (need: Need) => chooseNeed(console, need);
  const byKey = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const found = all.find(({ key }) => key && key === keyName(event.code));
    if (found) {
      event.preventDefault();
      event.stopPropagation();
      choose(found.need);
    } else if (event.key.startsWith("Arrow")) {
      moveInGrid(event);
    }
  };
  const stop = form.draft.need || all[0]?.need.id;
  return html`<div class="needs" role="radiogroup" aria-label=${w("need")} @keydown=${byKey}>
    ${all.map(
      ({ need, key }) => html`<button
        type="button"
        role="radio"
        data-need=${need.id}
        aria-checked=${form.draft.need === need.id}
        tabindex=${need.id === stop ? 0 : -1}
        @click=${() => choose(need)}
      >
        <kbd aria-hidden="true">${key}</kbd><span>${named(need)}</span>
      </button>`,
    )}
  </div>`;
}

function moveInGrid(event: KeyboardEvent): void {
  const grid = event.currentTarget as HTMLElement;
  const buttons = [...grid.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key] ?? 0;
  event.preventDefault();
  buttons[at + step]?.focus();
}

function place(console: Console): TemplateResult {
  const { form } = console;
  const { suggestions, highlighted, draft, lookups } = form;
  const open = suggestions.length > 0;
  // Of the form as it is now: a quick typist's next key comes before the page is drawn.
  const take = (at: number) => {
    const district = form.suggestions[at];
    if (district) form.chooseDistrict(district, named(district));
  };
  const byKey = (event: KeyboardEvent) => {
    if (!form.suggestions.length || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      form.moveHighlight(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" || event.key === "Tab") {
      take(form.highlighted); // and Enter goes on to the next field, as Tab does
    } else if (event.key === "Escape") {
      event.stopPropagation();
      form.closeSuggestions();
    }
  };
  const district = console.catalogue.districts.find(({ id }) => id === draft.district);
  const found = district && draft.zipcode ? named(district) : "";
  return html`<label class="place">
    <span>${w("place")}</span>
    <input
      name="place"
      role="combobox"
      placeholder=${w("placeHint")}
      aria-autocomplete="list"
      aria-expanded=${open}
      aria-controls="places"
      aria-activedescendant=${open ? `place-${highlighted}` : nothing}
      class=${draft.district ? "known" : ""}
      .value=${live(draft.place)}
      @input=${(event: Event) => form.set("place", valueOf(event))}
      @keydown=${byKey}
      @blur=${() => form.suggestions.length && form.closeSuggestions()}
    />
    ${found ? html`<span class="found">${found}</span>` : nothing}
    ${lookups.unknownPin && draft.zipcode ? html`<span class="found wrong" role="status">${w("placeUnknown")}</span>` : nothing}
    <ul id="places" role="listbox" aria-label=${w("place")} ?hidden=${!open}>
      ${suggestions.map(
        (one, at) => html`<li
          id="place-${at}"
          role="option"
          aria-selected=${at === highlighted}
          @mousedown=${(event: Event) => {
            event.preventDefault();
            take(at);
          }}
        >
          <b>${named(one)}</b> <span class="muted">${named({ name: one.name_hi, name_hi: one.name })}</span>
        </li>`,
      )}
    </ul>
  </label>`;
}

function text(console: Console, field: Field, span = "", mode = "text"): TemplateResult {
  const { form } = console;
  return html`<label class=${span}><span>${w(field)}</span>
    <input name=${field} inputmode=${mode} .value=${live(form.draft[field])}
      @input=${(event: Event) => form.set(field, valueOf(event))} /></label>`;
}

function note(console: Console): TemplateResult {
  const { form } = console;
  return html`<label class="span4"><span>${w("note")}</span>
    <textarea name="note" rows="2" placeholder=${w("noteHint")} .value=${live(form.draft.note)}
      @input=${(event: Event) => form.set("note", valueOf(event))}></textarea></label>`;
}

function check(console: Console, field: "onBehalf" | "danger", label: string): TemplateResult {
  const { form } = console;
  return html`<label class="check span2 ${field}"><input type="checkbox" name=${field} .checked=${live(form.draft[field] === YES)}
      @change=${(event: Event) => form.set(field, (event.target as HTMLInputElement).checked ? YES : "")} />
    <span>${label}</span></label>`;
}

function foot(console: Console, keys: ConsoleKeys): TemplateResult {
  const { form } = console;
  const missing = missingIn(form.draft);
  const touched = isTouched(form.draft);
  const words = missing.map((one) => w(one === "need" ? "missingNeed" : "missingPlace")).join(", ");
  const label = form.filing ? w("filing") : missing.length && touched ? w("fileIncomplete") : w("file");
  return html`<div class="foot">
    ${touched && missing.length ? html`<span class="chip amber">${words}: ${w("toTriage")}</span>` : nothing}
    ${form.filing && !console.link.fresh ? html`<span class="chip amber">${w("filedWaiting")}</span>` : nothing}
    <span class="space"></span>
    <button type="button" class="quiet" ?disabled=${!touched || form.filing} @click=${() => void form.clear()}>${w("clear")}</button>
    ${console.call ? keyButton(keys.saveAndEnd, w("saveAndEnd"), { enabled: touched && !form.filing }) : nothing}
    ${keyButton(keys.file, label, { kind: "primary", enabled: touched && !form.filing })}
  </div>`;
}

function filedNote(console: Console): TemplateResult | typeof nothing {
  const { filed } = console.form;
  if (!filed) return nothing;
  const values = { number: filed.number, room: console.roomName(filed.room) };
  return html`<div class="filed" role="status">
    <p><b>${w(filed.joined ? "filedJoined" : "filed", values)}</b></p>
    <p class="say">${w("sayNumber")}: <b class="numeric" data-filed=${filed.number}>${spoken(filed.number)}</b></p>
  </div>`;
}

/** A ticket's number as it is read out: three digits at a time. */
function spoken(number: string): string {
  return number.replace(/(\d{3})(?=\d)/g, "$1 ");
}

/** Enter goes to the next field; in the note it files the ticket, and Shift+Enter begins a new line. */
function enterGoesOn(event: KeyboardEvent): void {
  const field = event.target as HTMLElement;
  if (event.key !== "Enter" || event.altKey || event.shiftKey || event.isComposing || field instanceof HTMLButtonElement) return;
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  if (field instanceof HTMLTextAreaElement) {
    form.requestSubmit();
    return;
  }
  const fields = [...form.querySelectorAll<HTMLElement>(".fields input, .fields textarea")];
  fields[fields.indexOf(field) + 1]?.focus();
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLTextAreaElement).value;
}
