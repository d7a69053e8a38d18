import { html, render } from "lit";
import { startPage } from "../start";
import "../ui/status_bar";
import "../ui/command_list";

const page = startPage();
render(html`<wr-status .link=${page.link} .outbox=${page.outbox} .sounds=${page.sounds} .heading=${document.title}></wr-status>`, page.screen);
