// Reads of the board's HTTP JSON (`/api/…`); what changes something goes by the socket.
import type { Catalogue } from "../link/model";
import { Listeners } from "../link/events";
import { t } from "./text";

const LIMIT_MS = 15_000; // a slow district line; after that the person may try again

export class ApiError extends Error {
  /** Args: status: of HTTP; 0: no answer. */
  constructor(readonly status: number) {
    super(`HTTP ${status}`);
  }
}

/** Told when a request finds that the session has ended. */
export const sessionEnded = new Listeners<void>();

/** GETs JSON. Raises ApiError. */
export async function getJson<T>(path: string): Promise<T> {
  const response = await request(path, {});
  return (await response.json()) as T;
}

/** POSTs JSON (our own origin only: the board looks at `Origin`). Raises ApiError. */
export async function postJson<T>(path: string, body: unknown): Promise<T> {
  const response = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as T;
}

async function request(path: string, init: RequestInit): Promise<Response> {
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), LIMIT_MS);
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", signal: stop.signal, ...init });
  } catch {
    throw new ApiError(0);
  } finally {
    clearTimeout(limit);
  }
  if (response.status === 401) sessionEnded.tell();
  if (!response.ok) throw new ApiError(response.status);
  return response;
}

/** What to tell a person about a request that failed. */
export function failure(error: unknown): string {
  const status = error instanceof ApiError ? error.status : 0;
  const why =
    status === 0
      ? t("failedNetwork")
      : status === 401 || status === 403
        ? t("failedForbidden")
        : status === 404
          ? t("failedMissing")
          : t("failedServer", { code: status });
  return t("failed", { why });
}

let known: Promise<Catalogue> | undefined;

/** The ids and names there are; asked for once a page, and again after a failure. */
export function catalogue(): Promise<Catalogue> {
  known ??= getJson<Catalogue>("/api/catalogue").catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}
