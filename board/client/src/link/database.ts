// The browser's own database: what was typed and what was commanded, until it is answered. It writes in the background, and
// a page that is left takes along what is not written yet: until then the tab's own storage holds it, which writes at once.

export type Shelf = "outbox" | "drafts";

/** What the database does not have yet; without a value the row is to go. */
interface Held {
  shelf: Shelf;
  key: string;
  value?: unknown;
}

const NAME = "warroom";
const VERSION = 1;
const HELD = "warroom-held|";

let opened: Promise<IDBDatabase | null> | undefined;
const memory: Record<Shelf, Map<string, unknown>> = { outbox: new Map(), drafts: new Map() };

function open(): Promise<IDBDatabase | null> {
  opened ??= new Promise<IDBDatabase | null>((resolve) => {
    try {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("outbox");
        request.result.createObjectStore("drafts");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null); // switched off in this browser: memory has to do
    } catch {
      resolve(null);
    }
  }).then(restore);
  return opened;
}

/** Takes over what the page before this one in the tab could not write to its end. */
async function restore(base: IDBDatabase | null): Promise<IDBDatabase | null> {
  const names = Object.keys(sessionStorage).filter((name) => name.startsWith(HELD));
  const left = names.map((name) => sessionStorage.getItem(name) ?? "{}");
  const rows = left.map((text) => JSON.parse(text) as Held);
  for (const { shelf, key, value } of rows) if (value !== undefined) memory[shelf].set(key, value);
  if (!base || !rows.length) return base;
  return new Promise((resolve) => {
    const transaction = base.transaction(["outbox", "drafts"], "readwrite");
    for (const { shelf, key, value } of rows) {
      const store = transaction.objectStore(shelf);
      if (value === undefined) store.delete(key);
      else store.put(value, key);
    }
    transaction.oncomplete = () => {
      names.forEach((name, at) => release(name, left[at]));
      resolve(base);
    };
    transaction.onabort = () => resolve(base);
  });
}

/** Writes to the tab's storage, and says what to release once the database has it. */
function hold(row: Held): readonly [name: string, text: string] {
  const [name, text] = [`${HELD}${row.shelf}|${row.key}`, JSON.stringify(row)];
  try {
    sessionStorage.setItem(name, text);
  } catch {
    // full or switched off: the database alone has to do
  }
  return [name, text];
}

/** Forgets what was held, unless something newer is held there. */
function release(name: string, text: string | undefined): void {
  if (sessionStorage.getItem(name) === text) sessionStorage.removeItem(name);
}

async function run<T>(
  shelf: Shelf,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  const base = await open();
  if (!base) return undefined;
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(shelf, mode);
    const request = ask(transaction.objectStore(shelf));
    transaction.commit(); // at once: a page that is left takes what is not committed with it
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? new Error("not stored"));
  });
}

/** Stores a value; resolved once it is on the disk. Without a database, or when it is full, memory has it. */
export async function put(shelf: Shelf, key: string, value: unknown): Promise<void> {
  memory[shelf].set(key, value);
  await change({ shelf, key, value }, (store) => store.put(value, key));
}

export async function get<T>(shelf: Shelf, key: string): Promise<T | undefined> {
  const found = await run(shelf, "readonly", (store) => store.get(key)).catch(() => undefined);
  return (found ?? memory[shelf].get(key)) as T | undefined;
}

export async function remove(shelf: Shelf, key: string): Promise<void> {
  memory[shelf].delete(key);
  await change({ shelf, key }, (store) => store.delete(key));
}

async function change(row: Held, ask: (store: IDBObjectStore) => IDBRequest): Promise<void> {
  const held = hold(row);
  if (!(await open())) return; // what is held is all there is
  await run(row.shelf, "readwrite", ask).then(() => release(...held), () => undefined);
}

/** All values of a shelf. */
export async function all<T>(shelf: Shelf): Promise<T[]> {
  const found = await run(shelf, "readonly", (store) => store.getAll()).catch(() => undefined);
  return (found ?? [...memory[shelf].values()]) as T[];
}
