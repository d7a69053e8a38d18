// The page /warroom.
import { html, render } from "lit";
import { startPage } from "../start";
import { loadNames } from "../ui/names";
import "../warroom/warroom_screen";

const page = startPage();
void loadNames();
render(html`<wr-warroom .page=${page}></wr-warroom>`, page.screen);
