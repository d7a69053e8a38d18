// The browser's own database: what was typed and what was commanded, until it is answered.

export type Shelf = "outbox" | "drafts";

const NAME = "warroom";
const VERSION = 1;

let opened: Promise<IDBDatabase | null> | undefined;
const memory: Record<Shelf, Map<string, unknown>> = { outbox: new Map(), drafts: new Map() };

function open(): Promise<IDBDatabase | null> {
  opened ??= new Promise((resolve) => {
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
  });
  return opened;
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
  await run(shelf, "readwrite", (store) => store.put(value, key)).catch(() => undefined);
}

export async function get<T>(shelf: Shelf, key: string): Promise<T | undefined> {
  const found = await run(shelf, "readonly", (store) => store.get(key)).catch(() => undefined);
  return (found ?? memory[shelf].get(key)) as T | undefined;
}

export async function remove(shelf: Shelf, key: string): Promise<void> {
  memory[shelf].delete(key);
  await run(shelf, "readwrite", (store) => store.delete(key)).catch(() => undefined);
}

/** All values of a shelf. */
export async function all<T>(shelf: Shelf): Promise<T[]> {
  const found = await run(shelf, "readonly", (store) => store.getAll()).catch(() => undefined);
  return (found ?? [...memory[shelf].values()]) as T[];
}
