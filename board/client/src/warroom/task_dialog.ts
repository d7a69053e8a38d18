// Giving a task: to one room, to some, to all; many are confirmed with their number.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../link/clock";
import { openDialog, confirmDialog, type DialogHandle } from "../ui/dialog";
import { DraftForm } from "../ui/form";
import { fromLocalInput, localInput } from "../ui/format";
import { roomName } from "../ui/names";
import { allRooms, roomsLike } from "../ui/rooms";
import { named } from "../ui/text";
import type { WarroomDesk } from "./desk";
import { wt } from "./text";

const MAX_TEXT = 2_000; // characters: a page, as `warroom task create` has it
const SOON_H = 6;
const HOUR_MS = 3_600_000;
const NAMED = 4; // rooms named in the question; of more the number is told

export async function giveTaskDialog(desk: WarroomDesk): Promise<void> {
  let dialog: DialogHandle | undefined;
  const due = localInput(serverNow() + SOON_H * HOUR_MS);
  const form = new DraftForm(desk.page.drafts, "task-create", { due, rooms: "" }, () => dialog?.update());
  void form.ready.then(() => {
    if (Date.parse(fromLocalInput(form.value("due"))) <= serverNow()) form.set("due", due);
  });

  const submit = async (event: Event) => {
    event.preventDefault();
    const rooms = chosen(form);
    const errors = errorsOf(form, rooms);
    if (Object.keys(errors).length) return form.fail(errors, dialog?.element ?? document);
    if (rooms.length > 1 && !(await confirmRooms(rooms))) return;
    const text = form.value("text").trim();
    void desk.giveTask(rooms, text, fromLocalInput(form.value("due"))).then((reply) => reply.accepted && form.discard());
    dialog?.close();
  };
  await openDialog(
    {
      title: () => wt("giveTask"),
      kind: "wide",
      body: () => html`<form id="task" class="task-form" @submit=${(event: Event) => void submit(event)}>
        ${form.field("text", wt("taskText"), { kind: "textarea", max: MAX_TEXT, focus: true })}
        ${form.field("due", wt("taskDue"), { kind: "datetime-local" })} ${picker(form)}
      </form>`,
      buttons: () => html`<button type="submit" form="task" class="primary">${wt("giveTo", { n: chosen(form).length })}</button>`,
    },
    (handle) => (dialog = handle),
  );
}

function chosen(form: DraftForm): string[] {
  const wanted = new Set(form.value("rooms").split(" "));
  return allRooms().map((room) => room.id).filter((id) => wanted.has(id));
}

function errorsOf(form: DraftForm, rooms: readonly string[]): Record<string, string> {
  const errors: Record<string, string> = {};
  const due = Date.parse(fromLocalInput(form.value("due")));
  if (!form.value("text").trim()) errors.text = wt("needsText");
  if (!(due > serverNow())) errors.due = wt("needsFuture");
  if (!rooms.length) errors.filter = wt("needsRooms");
  return errors;
}

function confirmRooms(rooms: readonly string[]): Promise<boolean> {
  const n = rooms.length;
  const first = () => rooms.slice(0, NAMED).map(roomName).join(", ");
  return confirmDialog(
    () => wt("confirmRooms", { n }),
    () => wt("confirmRoomsText", { n, rooms: n > NAMED ? wt("andMore", { rooms: first(), n: n - NAMED }) : first() }),
    () => wt("giveTo", { n }),
  );
}

function picker(form: DraftForm): TemplateResult {
  const now = new Set(chosen(form));
  const shown = roomsLike(form.value("filter"));
  const set = (rooms: Iterable<string>) => form.set("rooms", [...rooms].join(" "));
  const toggle = (room: string, on: boolean) => {
    if (on) now.add(room);
    else now.delete(room);
    set(now);
  };
  return html`<fieldset class="rooms">
    <legend>${wt("taskRooms")}</legend>
    <div class="row">
      ${form.field("filter", wt("filterRooms"), { max: 40 })}
      <button type="button" @click=${() => set(new Set([...now, ...shown.map((one) => one.id)]))}>
        ${form.value("filter").trim() ? wt("chosenRooms", { n: shown.length }) : wt("allRooms")}
      </button>
      <button type="button" ?disabled=${!now.size} @click=${() => set([])}>${wt("noRooms")}</button>
      <output role="status">${wt("chosenRooms", { n: now.size })}</output>
    </div>
    <div class="checks">
      ${shown.map(
        (room) => html`<label class="check">
          <input type="checkbox" .checked=${now.has(room.id)} @change=${(event: Event) => toggle(room.id, (event.target as HTMLInputElement).checked)} />
          <span>${named(room)}</span>
        </label>`,
      )}
      ${shown.length ? nothing : html`<p class="muted">${wt("needsRoom")}</p>`}
    </div>
  </fieldset>`;
}
