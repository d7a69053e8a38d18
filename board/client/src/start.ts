// What every page does first: the link to the board, the outbox, drafts, sounds, keys.
import { Drafts } from "./link/drafts";
import { Outbox } from "./link/outbox";
import { pageView, user } from "./link/page";
import { Link } from "./link/socket";
import { startKeys } from "./ui/keys";
import { Sounds } from "./ui/sound";

export interface Page {
  view: string;
  link: Link;
  outbox: Outbox;
  drafts: Drafts;
  sounds: Sounds;
  /** Where the page draws itself: `<main id="screen">`. */
  screen: HTMLElement;
}

/** Starts the page's parts and connects; `views`: more views than the page's own. */
export function startPage(views: readonly string[] = []): Page {
  const link = new Link(user.user);
  const page: Page = {
    view: pageView,
    link,
    outbox: new Outbox(link, user.user),
    drafts: new Drafts(user.user),
    sounds: new Sounds(pageView, user.user),
    screen: document.getElementById("screen") ?? document.body,
  };
  page.outbox.answered.add(({ pending, reply }) => {
    if (reply.accepted && pending.draft) void page.drafts.settle(pending.draft);
  });
  startKeys();
  for (const view of [pageView, ...views]) if (view) link.subscribe(view);
  link.open();
  void page.outbox.start();
  void page.drafts.clear();
  return page;
}
