// The state wall `/wall/<name>`, and `/state` for those who sit before a screen of their own.
import { html, render } from "lit";
import { startPage } from "../start";
import "../state/state_screen";
import { keepAwake } from "../state/wake_lock";
import { loadNames } from "../ui/names";
import "../ui/status_bar";

const page = startPage();
void loadNames();
const wall = page.view.startsWith("wall/");
document.documentElement.classList.toggle("wall", wall);
if (wall) {
  keepAwake();
  // nobody sits there to load a new version
  page.link.changed.add(() => page.link.outdated && location.reload());
}
render(html`<wr-state .page=${page} ?wall=${wall}></wr-state>`, page.screen);
