// Keys of the console: function keys and Alt with a letter, so that they work while one types. Each has its button.
import { addKeys } from "../ui/keys";
import { type Console, LINE_104, LINE_181 } from "./console";
import { w } from "./text";

export interface ConsoleKey {
  /** As shown: `F3`, `Alt+M`, `Alt+Enter`. */
  key: string;
  name: () => string;
  run: () => void;
  /** Whether it closes an open dialog and is done; left out: the keys are the dialog's. */
  first?: () => boolean;
}

/** By the name that buttons know them by. */
export type ConsoleKeys = Readonly<Record<KeyId, ConsoleKey>>;
export type KeyId =
  | "answer" | "hold" | "ask104" | "ask181" | "askRoom" | "join" | "leave" | "hangUp" | "mute" | "danger"
  | "transfer" | "record" | "saveAndEnd" | "addToTicket" | "joinDuplicate" | "need" | "file" | "pause" | "entry"
  | "callback";

/** What a key does on the page itself. */
export interface PageActions {
  focusNeed: () => void;
  openTransfer: () => void;
  pauseOrReady: () => void;
  newEntry: () => void;
}

export function consoleKeys(console: Console, page: PageActions): ConsoleKeys {
  const { telephone, form } = console;
  const firstCallback = () => console.callbacks.find(([, one]) => !one.taken_by)?.[0];
  return {
    answer: { key: "F2", name: () => w("answer"), run: () => console.answer(), first: () => telephone.state.ringing !== null },
    hold: { key: "F3", name: () => `${w("hold")} / ${w("resume")}`, run: () => void console.hold() },
    ask104: { key: "F4", name: () => w("call104"), run: () => void console.consult(LINE_104) },
    ask181: { key: "F6", name: () => w("call181"), run: () => void console.consult(LINE_181) },
    askRoom: { key: "F7", name: () => w("callRoom"), run: () => void console.consultRoom() },
    join: { key: "F8", name: () => w("join"), run: () => void console.joinAll() },
    leave: { key: "F9", name: () => w("leave"), run: () => void console.leave() },
    hangUp: { key: "F10", name: () => w("hangUp"), run: () => void console.hangUp() },
    danger: { key: "Alt+D", name: () => w("danger"), run: () => void console.danger() },
    mute: { key: "Alt+M", name: () => w("mute"), run: () => telephone.mute(!telephone.state.muted) },
    transfer: { key: "Alt+T", name: () => w("transfer"), run: page.openTransfer },
    record: {
      key: "Alt+R",
      name: () => `${w("recordPause")} / ${w("recordResume")}`,
      run: () => void console.record(console.recordingPaused),
    },
    need: { key: "Alt+Q", name: () => w("need"), run: page.focusNeed },
    file: { key: "Alt+Enter", name: () => w("file"), run: () => form.file() },
    saveAndEnd: { key: "Alt+X", name: () => w("saveAndEnd"), run: () => void console.saveAndEnd() },
    addToTicket: {
      key: "Alt+A",
      name: () => w("addToTicket"),
      run: () => addTo(console, console.callerTickets[0]?.service_request_id),
    },
    joinDuplicate: {
      key: "Alt+J",
      name: () => w("joinDuplicate"),
      run: () => addTo(console, form.lookups.duplicates[0]?.service_request_id),
    },
    pause: { key: "Alt+P", name: () => `${w("pause")} / ${w("ready")}`, run: page.pauseOrReady },
    entry: { key: "Alt+N", name: () => w("entry"), run: page.newEntry },
    callback: {
      key: "Alt+C",
      name: () => w("callbacks"),
      run: () => {
        const oldest = firstCallback();
        if (oldest) void console.takeCallback(oldest);
      },
    },
  };
}

/** Listen for the keys, and list them under `?`. */
export function listen(keys: ConsoleKeys): void {
  const all = Object.values(keys);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const found = all.find(({ key }) => key === nameOf(event));
    if (!found) return;
    const dialogs = document.querySelectorAll<HTMLDialogElement>("dialog[open]");
    if (dialogs.length && !found.first?.()) return;
    for (const dialog of dialogs) dialog.close();
    event.preventDefault();
    if (!event.repeat) found.run();
  });
  // They are matched above, while one types as well; here they are listed.
  addKeys(...all.map((one) => ({ ...one, when: () => false })).reverse());
}

function nameOf(event: KeyboardEvent): string {
  if (!event.altKey) return event.key;
  return `Alt+${event.code.startsWith("Key") ? event.code.slice(3) : event.key}`;
}

function addTo(console: Console, ticket: string | undefined): void {
  if (ticket) void console.addToTicket(ticket);
}
