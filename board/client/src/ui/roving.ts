// Roving focus in a list: one Tab stop for all its rows, arrow keys between them.

/** Moves the focus among the elements of a list by `step`; at its ends it stays. Returns the one that has it now. */
export function moveFocus(items: readonly HTMLElement[], step: number): HTMLElement | undefined {
  if (!items.length) return undefined;
  const at = items.findIndex((item) => item.contains(document.activeElement));
  const next = items[at < 0 ? 0 : Math.min(items.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next;
}
