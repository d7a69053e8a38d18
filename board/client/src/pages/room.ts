// The page /room/<room>.
import { html, render } from "lit";
import "../room/board";
import { startPage } from "../start";
import { loadNames } from "../ui/names";

const page = startPage();
void loadNames();
render(html`<wr-room .page=${page}></wr-room>`, page.screen);
