import { html, render } from "lit";

render(html`<h1>${document.title}</h1>`, document.body);
