// Tasks of the war room: acknowledged and finished like tickets.
import { html, nothing, type TemplateResult } from "lit";
import type { Task } from "../link/model";
import type { Desk } from "../ticket/desk";
import { number, timeLeft, when } from "../ui/format";
import { openDialog } from "../ui/dialog";
import { DraftForm } from "../ui/form";
import { itemName, roomName, textOf } from "../ui/names";
import { visible } from "../ui/outside_text";
import { serverNow } from "../link/clock";
import { tt } from "../ticket/text";
import { tr } from "./text";
import type { RoomTextKey } from "./text/en";

const MAX_NOTE = 2_000;
const SOON_MS = 3_600_000;

export function openTasks(tasks: ReadonlyMap<string, Task>): Task[] {
  return [...tasks.values()]
    .filter((task) => task.stage === "given" || task.stage === "acknowledged")
    .sort((a, b) => Date.parse(a.due) - Date.parse(b.due));
}

export function unitName(unit: string): string {
  try {
    return tr(`unit_${unit}` as RoomTextKey);
  } catch {
    return visible(unit);
  }
}

function transferOf(task: Task): string {
  const { transfer, role } = task;
  if (!transfer || !role) return "";
  return tr(role === "send" ? "taskSend" : "taskReceive", {
    quantity: number(transfer.quantity, 2),
    unit: unitName(transfer.unit),
    item: itemName(transfer.item),
    room: roomName(role === "send" ? transfer.target : transfer.source),
  });
}

function giveTask(desk: Desk, task: Task, action: string, form?: DraftForm): void {
  const note = form?.value("note").trim();
  const command = { action, task: task.id, ...(note ? { note } : {}) };
  void desk.page.outbox.command(`rooms/${desk.room}`, command, { draft: form?.kept });
}

function finish(desk: Desk, task: Task): Promise<void> {
  let redraw = () => {};
  const form = new DraftForm(desk.page.drafts, `task/${task.id}`, {}, () => redraw());
  let close = () => {};
  const submit = (event: Event) => {
    event.preventDefault();
    giveTask(desk, task, "finish-task", form);
    close();
  };
  return openDialog(
    {
      title: () => `${tr("finishTask")}: ${task.id}`,
      body: () => html`<form id="task" @submit=${submit}>
        ${form.field("note", tr("taskNote"), { kind: "textarea", max: MAX_NOTE, focus: true })}
      </form>`,
      buttons: () => html`<button type="submit" form="task" class="primary">${tr("finishTask")}</button>`,
    },
    (dialog) => {
      redraw = dialog.update;
      close = dialog.close;
    },
  );
}

function taskCard(task: Task, desk: Desk): TemplateResult {
  const left = Date.parse(task.due) - serverNow();
  const waits = desk.page.outbox.about(task.id).length > 0;
  return html`<article class="card task ${left < 0 ? "late" : ""} ${waits ? "pending" : ""}" data-key=${task.id} tabindex="0">
    <header>
      <strong class="title numeric">${task.id}</strong>
      <span class="chip numeric ${left < 0 ? "red" : left < SOON_MS ? "amber" : ""}">${left < 0 ? "▲ " : ""}${timeLeft(task.due)}</span>
    </header>
    ${transferOf(task) ? html`<p class="place">${transferOf(task)}</p>` : nothing}
    <p><wr-text .text=${task.text}></wr-text></p>
    ${task.note ? html`<p class="muted"><wr-text .text=${task.note}></wr-text></p>` : nothing}
    <footer>
      ${task.stage === "given" && !waits && desk.commands
        ? html`<button type="button" class="primary" @click=${() => giveTask(desk, task, "acknowledge-task")}>${tr("acknowledgeTask")}</button>`
        : nothing}
      ${waits || !desk.commands ? nothing : html`<button type="button" @click=${() => void finish(desk, task)}>${tr("finishTask")}</button>`}
      <span class="chip">${tr(`task_${task.stage}` as RoomTextKey)}</span>
      ${task.level > 1 ? html`<span class="chip red">${tt("escalated", { level: textOf("level", task.level) })}</span>` : nothing}
      <span class="muted small numeric">${tr("taskDue", { time: when(task.due) })} · ${tr("taskGiven", { time: when(task.given) })}</span>
    </footer>
  </article>`;
}

export function taskList(tasks: ReadonlyMap<string, Task>, desk: Desk): TemplateResult {
  const open = openTasks(tasks);
  return html`<section class="page fades" aria-label=${tr("tabTasks")}>
    ${open.length ? html`<div class="grid">${open.map((task) => taskCard(task, desk))}</div>` : html`<p class="empty">${tr("tasksNone")}</p>`}
  </section>`;
}
