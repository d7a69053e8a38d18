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

/** Takes over what the page before this one in the tab could not write to its end: what is read later finds it. */
function restore(base: IDBDatabase | null): IDBDatabase | null {
  for (const name of Object.keys(sessionStorage).filter((one) => one.startsWith(HELD))) {
    const text = sessionStorage.getItem(name) ?? "{}";
    const row = JSON.parse(text) as Held;
    if (row.value !== undefined) memory[row.shelf].set(row.key, row.value);
    if (base) void write(base, row, text);
  }
  return base;
}

function nameOf({ shelf, key }: Held): string {
  return `${HELD}${shelf}|${key}`;
}

/** Writes to the tab's storage, and says what. */
function hold(row: Held): string {
  const text = JSON.stringify(row);
  try {
    sessionStorage.setItem(nameOf(row), text);
  } catch {
    // full or switched off: the database alone has to do
  }
  return text;
}

/** Forgets what was held, unless something newer is held there. */
function release(row: Held, text: string): void {
  if (sessionStorage.getItem(nameOf(row)) === text) sessionStorage.removeItem(nameOf(row));
}

function transact<T>(
  base: IDBDatabase,
  shelf: Shelf,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(shelf, mode);
    const request = ask(transaction.objectStore(shelf));
    transaction.commit(); // at once: a page that is left takes what is not committed with it
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? new Error("not stored"));
  });
}

/** Brings a row into the database, and lets go of what was held; a row that it does not take stays held. */
function write(base: IDBDatabase, row: Held, text: string): Promise<void> {
  const ask = (store: IDBObjectStore): IDBRequest => (row.value === undefined ? store.delete(row.key) : store.put(row.value, row.key));
  return transact(base, row.shelf, "readwrite", ask).then(() => release(row, text), () => undefined);
}

async function change(row: Held): Promise<void> {
  const text = hold(row); // before anything is waited for: the page may be left
  const base = await open();
  if (base) await write(base, row, text);
}

async function read<T>(shelf: Shelf, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  const base = await open();
  return base ? transact(base, shelf, "readonly", ask).catch(() => undefined) : undefined;
}

/** Stores a value; resolved once it is on the disk. Without a database, or when it is full, memory has it. */
export async function put(shelf: Shelf, key: string, value: unknown): Promise<void> {
  memory[shelf].set(key, value);
  await change({ shelf, key, value });
}

export async function get<T>(shelf: Shelf, key: string): Promise<T | undefined> {
  const found = await read(shelf, (store) => store.get(key));
  return (found ?? memory[shelf].get(key)) as T | undefined;
}

export async function remove(shelf: Shelf, key: string): Promise<void> {
  memory[shelf].delete(key);
  await change({ shelf, key });
}

/** All values of a shelf. */
export async function all<T>(shelf: Shelf): Promise<T[]> {
  const found = await read(shelf, (store) => store.getAll());
  return (found ?? [...memory[shelf].values()]) as T[];
}
