// Small parts that the views of the console share.
import { html, type TemplateResult } from "lit";
import { telephone } from "../../ui/format";
import type { ConsoleKey } from "../call_keys";
import { asE164 } from "../shapes";

/** A button with its key beside the name. */
export function keyButton(
  key: ConsoleKey,
  label: string,
  { enabled = true, kind = "", title = "" }: { enabled?: boolean; kind?: string; title?: string } = {},
): TemplateResult {
  return html`<button
    type="button"
    class="keyed ${kind}"
    ?disabled=${!enabled}
    title=${title || label}
    aria-keyshortcuts=${key.key}
    @click=${key.run}
  >
    <span>${label}</span><kbd aria-hidden="true">${key.key}</kbd>
  </button>`;
}

/** A part of the page with a heading of its own. */
export function panel(id: string, heading: string, count: number | null, body: unknown, kind = ""): TemplateResult {
  return html`<section class="panel ${kind}" aria-labelledby="${id}-heading" id=${id}>
    <h2 id="${id}-heading">${heading}${count === null ? "" : html` <span class="count">${count}</span>`}</h2>
    ${body}
  </section>`;
}

/** Digits press the buttons of a dialog's choices. */
export function chooseByDigit(dialog: HTMLDialogElement): void {
  dialog.addEventListener("keydown", (event) => {
    const at = Number(event.code.replace(/^(Digit|Numpad)/, "")) - 1;
    dialog.querySelectorAll<HTMLButtonElement>(".choices button")[at]?.click();
  });
}

/** A number as people read it. */
export function asPhone(caller: string): string {
  return telephone(asE164(caller));
}
