// The server's clock: the PC's may be wrong, and deadlines are the server's.

/** A PC whose clock is off by more is told so: its own programs and certificates go wrong with it. */
export const CLOCK_WARNING_MS = 60_000;

let offset = 0;

/** Takes the server's time from a frame that has just come. */
export function setServerTime(iso: string): void {
  const server = Date.parse(iso);
  if (!Number.isNaN(server)) offset = server - Date.now();
}

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(): number {
  return Date.now() + offset;
}

/** By how much the PC's clock is behind the server's, in ms; negative: it is ahead. */
export function clockError(): number {
  return offset;
}
