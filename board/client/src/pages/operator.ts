// The operator console, `/operator`.
import { html, render, type TemplateResult } from "lit";
import type { Pending } from "../link/outbox";
import "../ui/command_list";
import { addKeys } from "../ui/keys";
import "../ui/status_bar";
import { noticeStrip } from "../ui/notices";
import { afterPress } from "../ui/press";
import { languageChanged, named } from "../ui/text";
import { needsWithKeys } from "../operator/catalogue";
import { consoleKeys, listen } from "../operator/call_keys";
import { Console } from "../operator/console";
import { w } from "../operator/text";
import { describe } from "../operator/describe";
import { startPage } from "../start";
import { askTransfer, callPanel } from "../operator/view/call";
import { chooseNeed, focusNeed, ticketForm } from "../operator/view/form";
import "../operator/view/level";
import { callbacks, questions, queues, unfinished } from "../operator/view/side";
import { askPause, statusStrip } from "../operator/view/status";
import { supervisor } from "../operator/view/supervisor";
import { duplicates, earlierTickets, openTickets } from "../operator/view/tickets";

const started = startPage();
const console = new Console(started);
const keys = consoleKeys(console, {
  focusNeed,
  openTransfer: () => console.inHand && askTransfer(console),
  pauseOrReady: () => (isReady() ? askPause(console) : void console.goReady()),
  newEntry: () => {
    console.form.openEntry();
    focusNeed();
  },
});
let drawn = false;

function isReady(): boolean {
  const { state, hasBrowserTelephone, telephone } = console;
  return Boolean(state?.present) && !state?.paused && (!hasBrowserTelephone || telephone.state.stage === "on");
}

function page(): TemplateResult {
  return html`
    <wr-status .link=${console.link} .outbox=${console.outbox} .sounds=${console.sounds} .heading=${w("title")}></wr-status>
    ${noticeStrip(console.link.store, started.view)}
    <div class="console fades">
      ${statusStrip(console, keys)}
      <div class="columns">
        <div class="column left">${callPanel(console, keys)} ${queues(console)} ${callbacks(console, keys)}</div>
        <div class="column middle">${console.call ? "" : supervisor(console)} ${openTickets(console, keys)} ${ticketForm(console, keys)}</div>
        <div class="column right">
          ${questions(console)} ${duplicates(console, keys)} ${earlierTickets(console)} ${unfinished(console)} ${console.call ? supervisor(console) : ""}
        </div>
      </div>
    </div>
    <wr-commands
      .link=${console.link}
      .outbox=${console.outbox}
      .describe=${(frame: Pending["frame"]) => describe(frame, console)}
    ></wr-commands>
  `;
}

/** Many changes at once are drawn once. */
function draw(): void {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() =>
    afterPress(() => {
      drawn = false;
      document.title = w("title");
      render(page(), started.screen);
    }),
  );
}

console.changed.add(draw);
console.called.add(() => requestAnimationFrame(() => requestAnimationFrame(focusNeed)));
console.ready.add(() => {
  const needs = needsWithKeys(console.catalogue.needs).filter(({ key }) => key);
  addKeys(...needs.map(({ need, key }) => ({ key, name: () => named(need), run: () => chooseNeed(console, need) })));
});
languageChanged.add(draw);
listen(keys);
draw();
void console.start();
