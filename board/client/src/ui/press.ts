// While a person presses, nothing moves: a click whose press and release meet two elements is none.

const LONGEST_MS = 3_000; // a press takes a tenth of a second; who keeps it down is not left with what was true before
const CLICK_MS = 50; // a finger's click comes a moment after it is lifted

let released: Promise<void> | undefined;
let release = () => {};
let limit = 0;

function end(): void {
  clearTimeout(limit);
  released = undefined;
  release();
}

function begin({ isPrimary, button }: PointerEvent): void {
  if (!isPrimary || button !== 0) return; // the right button's menu may swallow its release
  end();
  released = new Promise((resolve) => (release = resolve));
  limit = setTimeout(end, LONGEST_MS);
}

function lifted({ isPrimary }: PointerEvent): void {
  if (!released || !isPrimary) return;
  clearTimeout(limit);
  limit = setTimeout(end, CLICK_MS);
}

/** Draws now, or once the press there is has become a click. */
export function afterPress(draw: () => void): void | Promise<void> {
  return released ? released.then(() => afterPress(draw)) : draw();
}

addEventListener("pointerdown", begin, true);
addEventListener("pointerup", lifted, true);
addEventListener("pointercancel", end, true);
addEventListener("click", end); // after the listeners of what was clicked
