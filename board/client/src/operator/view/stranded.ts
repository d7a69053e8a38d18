// What the form asks of people far from home: the other state, what they lack, their district at home.
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Named } from "../../link/model";
import { named } from "../../ui/text";
import type { Console } from "../console";
import { w } from "../text";
import { isStranded, STRANDED, WANTS } from "../ticket_form";

export function strandedFields(console: Console): TemplateResult | typeof nothing {
  const { form, catalogue } = console;
  if (!isStranded(form.draft)) return nothing;
  const ours = form.draft.need === STRANDED;
  return html`
    ${choice(console, "state", w(ours ? "inState" : "ofState"), catalogue.states)}
    ${ours ? choice(console, "homeDistrict", w("homeDistrict"), catalogue.districts) : nothing}
    <fieldset class="span4 wants"><legend>${w("wants")}</legend>
      ${WANTS.map((want) => {
        const chosen = form.draft.wants.split(" ");
        return html`<label class="check"><input type="checkbox" name="want-${want}" .checked=${live(chosen.includes(want))}
          @change=${(event: Event) => {
            const on = (event.target as HTMLInputElement).checked;
            form.set("wants", WANTS.filter((one) => (one === want ? on : chosen.includes(one))).join(" "));
          }} /><span>${w(`want_${want}`)}</span></label>`;
      })}
    </fieldset>`;
}

function choice(
  { form }: Console,
  field: "state" | "homeDistrict",
  label: string,
  options: readonly Named[],
): TemplateResult {
  const sorted = [...options].sort((a, b) => named(a).localeCompare(named(b)));
  return html`<label class="span2"><span>${label}</span>
    <select name=${field} .value=${live(form.draft[field])}
      @change=${(event: Event) => form.set(field, (event.target as HTMLSelectElement).value)}>
      <option value="">–</option>
      ${sorted.map((one) => html`<option value=${one.id} ?selected=${one.id === form.draft[field]}>${named(one)}</option>`)}
    </select></label>`;
}
