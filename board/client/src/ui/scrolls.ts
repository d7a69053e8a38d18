// A table that may be wider than its place: scrolled by keys too.
import { html, type TemplateResult } from "lit";

export function scrolls(label: string, content: TemplateResult): TemplateResult {
  return html`<div class="scrolls" tabindex="0" role="group" aria-label=${label}>${content}</div>`;
}
