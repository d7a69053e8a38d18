// Dialogs over the page: the browser's own <dialog>, which keeps the focus inside and gives it back.
import { html, nothing, render, type TemplateResult } from "lit";
import { afterPress } from "./press";
import { languageChanged, t } from "./text";

export interface DialogContent {
  title: () => string;
  body: (dialog: DialogHandle) => TemplateResult;
  /** Buttons at the foot, right of "Close". */
  buttons?: (dialog: DialogHandle) => TemplateResult;
  /** Left out: a form's dialog says "Cancel". */
  closeLabel?: () => string;
  /** A class for its width: `wide`. */
  kind?: string;
}

export interface DialogHandle {
  readonly element: HTMLDialogElement;
  /** Draws it anew after something that its body reads has changed. */
  update: () => void;
  close: () => void;
}

let serial = 0;

/** Opens a dialog; resolved when it is closed. `opened` gets its handle at once. */
export function openDialog(content: DialogContent, opened?: (dialog: DialogHandle) => void): Promise<void> {
  const element = document.createElement("dialog");
  element.className = `dialog ${content.kind ?? ""}`;
  const titleId = `dialog-${++serial}`;
  element.setAttribute("aria-labelledby", titleId);
  const handle: DialogHandle = { element, update: () => void afterPress(draw), close: () => element.close() };

  function draw(): void {
    const buttons = content.buttons?.(handle);
    render(
      html`<header><h2 id=${titleId}>${content.title()}</h2></header>
        <div class="body">${content.body(handle)}</div>
        <footer>
          <button type="button" @click=${handle.close}>${(content.closeLabel ?? (() => t(buttons ? "cancel" : "close")))()}</button>
          ${buttons ?? nothing}
        </footer>`,
      element,
    );
  }

  draw();
  document.body.append(element);
  element.showModal();
  element.querySelector<HTMLElement>("[autofocus]")?.focus();
  opened?.(handle);
  const leave = languageChanged.add(handle.update);
  return new Promise((resolve) => {
    element.addEventListener("close", () => {
      leave();
      element.remove();
      resolve();
    });
  });
}

/** Asks yes or no; true for yes. */
export async function confirmDialog(title: () => string, body: () => string, yes: () => string): Promise<boolean> {
  let answer = false;
  const accept = (dialog: DialogHandle) => {
    answer = true;
    dialog.close();
  };
  await openDialog({
    title,
    body: () => html`<p>${body()}</p>`,
    buttons: (dialog) =>
      html`<button type="button" class="primary" autofocus @click=${() => accept(dialog)}>${yes()}</button>`,
  });
  return answer;
}
