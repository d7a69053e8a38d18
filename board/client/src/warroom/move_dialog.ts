// Moving stock from one room to another: both get the task.
import { html } from "lit";
import { serverNow } from "../link/clock";
import { unitName } from "../room/tasks";
import { openDialog, type DialogHandle } from "../ui/dialog";
import { DraftForm } from "../ui/form";
import { fromLocalInput, localInput } from "../ui/format";
import { itemName, names, roomName } from "../ui/names";
import { allRooms, roomOf } from "../ui/rooms";
import { named } from "../ui/text";
import type { Move } from "./balance";
import type { WarroomDesk } from "./desk";
import { wt } from "./text";

const MAX_QUANTITY = 1e12; // router.bounds.MAX_QUANTITY
const MAX_TEXT = 1_800; // characters: the service puts what is moved before it, 2,000 in all
const SOON_H = 24;
const HOUR_MS = 3_600_000;

export async function moveDialog(desk: WarroomDesk, move?: Move): Promise<void> {
  let dialog: DialogHandle | undefined;
  const due = localInput(serverNow() + SOON_H * HOUR_MS);
  const proposed = move && {
    item: move.item,
    quantity: String(move.quantity),
    source: roomName(move.source),
    target: roomName(move.target),
  };
  const key = move ? `move/${move.source}/${move.target}/${move.item}` : "move";
  const form = new DraftForm(desk.page.drafts, key, { due, ...proposed }, () => dialog?.update());
  const items = () => names()?.items.map((one) => [one.id, `${itemName(one.id)} (${unitName(one.unit)})`] as const) ?? [];

  const submit = (event: Event) => {
    event.preventDefault();
    const source = roomOf(form.value("source"));
    const target = roomOf(form.value("target"));
    const quantity = Number(form.value("quantity"));
    const errors: Record<string, string> = {};
    if (!form.value("item")) errors.item = wt("needsItem");
    if (!(quantity > 0 && quantity <= MAX_QUANTITY)) errors.quantity = wt("needsQuantity");
    if (!form.value("source").trim() || !source) errors.source = wt("needsRoom");
    if (!form.value("target").trim() || !target) errors.target = wt("needsRoom");
    else if (source === target) errors.target = wt("sameRoom");
    if (!(Date.parse(fromLocalInput(form.value("due"))) > serverNow())) errors.due = wt("needsFuture");
    if (Object.keys(errors).length || !source || !target) return form.fail(errors, dialog?.element ?? document);
    const what = { item: form.value("item"), source, target, quantity };
    const given = desk.giveMove(what, form.value("text").trim(), fromLocalInput(form.value("due")));
    void given.then((reply) => reply.accepted && form.discard());
    dialog?.close();
  };
  await openDialog(
    {
      title: () => wt("moveStock"),
      body: () => html`<form id="move" class="task-form" @submit=${submit}>
        ${form.choice("item", wt("item"), [["", "–"], ...items()])}
        ${form.errors.item ? html`<p class="error" role="alert">${form.errors.item}</p>` : ""}
        ${form.field("quantity", wt("quantity"), { kind: "number", focus: !move })}
        ${form.field("source", wt("from"), { list: "move-rooms" })} ${form.field("target", wt("to"), { list: "move-rooms" })}
        <datalist id="move-rooms">${allRooms().map((one) => html`<option value=${named(one)}></option>`)}</datalist>
        ${form.field("due", wt("taskDue"), { kind: "datetime-local" })}
        ${form.field("text", wt("extra"), { kind: "textarea", max: MAX_TEXT })}
      </form>`,
      buttons: () => html`<button type="submit" form="move" class="primary" ?autofocus=${!!move}>${wt("giveMove")}</button>`,
    },
    (handle) => (dialog = handle),
  );
}
