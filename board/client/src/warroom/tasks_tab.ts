// Tasks that rooms still have open: how far each is, and taking one back.
import { html, nothing, type TemplateResult } from "lit";
import { serverNow } from "../link/clock";
import type { Task } from "../link/model";
import { confirmDialog } from "../ui/dialog";
import { timeLeft, when } from "../ui/format";
import { kbd } from "../ui/keys";
import { roomName } from "../ui/names";
import type { WarroomDesk } from "./desk";
import { giveTaskDialog } from "./task_dialog";
import { wt } from "./text";

/** All parts of one task that are open. */
export interface Group {
  id: string;
  text: string;
  due: string;
  given: string;
  parts: Task[];
}

/** The tasks, the first due first. Keys of `parts` are `<task>/<room>`. */
export function groups(parts: ReadonlyMap<string, Task>): Group[] {
  const found = new Map<string, Group>();
  for (const part of parts.values()) {
    if (part.stage !== "given" && part.stage !== "acknowledged") continue;
    const group = found.get(part.id) ?? { id: part.id, text: part.text, due: part.due, given: part.given, parts: [] };
    group.parts.push(part);
    found.set(part.id, group);
  }
  return [...found.values()].sort((a, b) => Date.parse(a.due) - Date.parse(b.due));
}

export function tasksTab(desk: WarroomDesk): TemplateResult {
  const all = groups(desk.page.link.store.collection<Task>(desk.page.view, "tasks"));
  return html`<section class="page fades" aria-label=${wt("tabTasks")}>
    <p class="row"><button type="button" class="primary" @click=${() => void giveTaskDialog(desk)}>${wt("giveTask")} ${kbd("T")}</button></p>
    ${all.length ? html`<div class="grid tasks">${all.map((one) => card(one, desk))}</div>` : html`<p class="empty">${wt("tasksNone")}</p>`}
  </section>`;
}

function card(group: Group, desk: WarroomDesk): TemplateResult {
  const unseen = group.parts.filter((part) => part.stage === "given");
  const seen = group.parts.filter((part) => part.stage === "acknowledged");
  const late = group.parts.filter((part) => part.level > 1).length;
  const over = Date.parse(group.due) < serverNow();
  const waits = desk.page.outbox.about(group.id).length > 0;
  return html`<article class="card task ${over ? "late" : ""} ${waits ? "pending" : ""}" data-task=${group.id} aria-label="${wt("taskColumn")} ${group.id}">
    <header>
      <strong class="numeric">${group.id}</strong>
      <span class="chip numeric ${over ? "red" : ""}">${timeLeft(group.due)}</span>
      ${late ? html`<span class="chip amber">${wt("lateColumn")}: ${late}</span>` : nothing}
      <span class="space"></span>
      <button type="button" class="danger" ?disabled=${waits} @click=${() => void cancel(group, desk)}>${wt("cancelTask")}</button>
    </header>
    <p><wr-text .text=${group.text}></wr-text></p>
    <p class="muted small">${wt("dueColumn")} ${when(group.due)} · ${wt("given")} ${when(group.given)}</p>
    ${unseen.length ? html`<details><summary>${wt("notYet", { n: unseen.length })}</summary>${rooms(unseen)}</details>` : nothing}
    ${seen.length ? html`<details><summary>${wt("seenBy", { n: seen.length })}</summary>${rooms(seen)}</details>` : nothing}
  </article>`;
}

function rooms(parts: readonly Task[]): TemplateResult {
  return html`<ul class="lines small">
    ${parts.map((part) => html`<li>${roomName(part.room)} ${part.note ? html`<wr-text class="muted" .text=${part.note} .cut=${120}></wr-text>` : nothing}</li>`)}
  </ul>`;
}

async function cancel(group: Group, desk: WarroomDesk): Promise<void> {
  const n = group.parts.length;
  const agreed = await confirmDialog(
    () => wt("confirmCancel", { id: group.id }),
    () => wt("confirmCancelText", { n }),
    () => wt("cancelTask"),
  );
  if (agreed) void desk.cancelTask(group.id);
}
