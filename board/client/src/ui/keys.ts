// Single keys: off while a person types, listed by `?`, each with a button beside it. By the place on the keyboard,
// so that they work while a Hindi layout is on.
import { html, type TemplateResult } from "lit";
import { Listeners } from "../link/events";
import { openDialog } from "./dialog";
import { t, toggleLanguage } from "./text";

export interface Key {
  /** As shown: `A`, `Enter`, `↓`, `Shift+A`. Letters and digits are matched by `KeyboardEvent.code`. */
  key: string;
  /** What it does, in the page's language. */
  name: () => string;
  run: (event: KeyboardEvent) => void;
  /** Whether it may be pressed now; left out: always. */
  when?: () => boolean;
}

const NAMED: Record<string, string> = { "↓": "ArrowDown", "↑": "ArrowUp", "←": "ArrowLeft", "→": "ArrowRight", Esc: "Escape" };
const OFF = "warroom-keys-off";

export const keysChanged = new Listeners<void>();
const keys: Key[] = [];

export function keysOff(): boolean {
  return localStorage.getItem(OFF) !== null;
}

/** Adds keys; the function returned takes them away. A later key of the same name goes before an earlier. */
export function addKeys(...some: Key[]): () => void {
  keys.unshift(...some);
  return () => {
    for (const one of some) keys.splice(keys.indexOf(one), 1);
  };
}

/** Whether the person types into something. */
export function typing(event: Event): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function matches(key: string, event: KeyboardEvent): boolean {
  const shift = key.startsWith("Shift+");
  const name = shift ? key.slice(6) : key;
  if (name === "?") return event.key === "?" || (event.code === "Slash" && event.shiftKey);
  if (name === "/") return event.key !== "?" && event.code === "Slash" && !event.shiftKey;
  if (event.shiftKey !== shift) return false;
  if (/^[A-Z]$/.test(name)) return event.code === `Key${name}`;
  if (/^\d$/.test(name)) return event.code === `Digit${name}` || event.code === `Numpad${name}`;
  return event.key === (NAMED[name] ?? name);
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (typing(event) || document.querySelector("dialog[open]")) return; // a dialog has keys of its own
  const found = keys.find((one) => matches(one.key, event) && (one.when?.() ?? true));
  if (!found || (keysOff() && found.key.length === 1 && found.key !== "?")) return;
  if (["Enter", " "].includes(found.key) && event.target instanceof HTMLButtonElement) return; // the button's own
  event.preventDefault();
  found.run(event);
}

/** Begins to listen, with the keys that every page has: `?` and `H` (Hindi / English). */
export function startKeys(): void {
  document.addEventListener("keydown", pressed);
  addKeys(
    { key: "?", name: () => t("keyHelp"), run: showKeys },
    { key: "H", name: () => t("keyLanguage"), run: toggleLanguage },
  );
}

/** Shows all keys of the page. */
export function showKeys(): void {
  const shown = keys.filter((one, at) => keys.findIndex((other) => other.key === one.key) === at);
  const toggle = (event: Event) => {
    if ((event.target as HTMLInputElement).checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    keysChanged.tell();
  };
  void openDialog({
    title: () => t("keysTitle"),
    body: (): TemplateResult => html`
      <p class="muted">${t("keysHelp")}</p>
      <dl class="keys">
        ${shown.map((one) => html`<div><dt><kbd>${one.key}</kbd></dt><dd>${one.name()}</dd></div>`)}
      </dl>
      <label class="check"><input type="checkbox" ?checked=${!keysOff()} @change=${toggle} /> ${t("keysSwitch")}</label>
    `,
  });
}

/** The key to show on a button. */
export function kbd(key: string): TemplateResult {
  return html`<kbd aria-hidden="true">${key}</kbd>`;
}
