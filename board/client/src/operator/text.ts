// Words of the operator console in the page's language.
import { dictionary, t } from "../ui/text";
import { en, type Word } from "./text/en";
import { hi } from "./text/hi";

export const w = dictionary(en, hi);

/** A text whose key is made at run time, such as `stage_routed`; the name itself where there is no such text. */
export function common(prefix: string, name: string): string {
  const found = t(`${prefix}_${name}` as Parameters<typeof t>[0]) as string | undefined;
  return found ?? name;
}

/** Reasons of a pause by their id, as `operators/<id>/state` has them. */
export const PAUSES: Readonly<Record<string, Word>> = {
  meal: "reasonMeal",
  tea: "reasonTea",
  paperwork: "reasonPaperwork",
  training: "reasonTraining",
  meeting: "reasonMeeting",
  personal: "reasonPersonal",
};

/** Reasons that others give: the service for calls that were not taken, a supervisor. */
const GIVEN: Readonly<Record<string, Word>> = {
  "no-answer": "reasonNoAnswer",
  refused: "reasonRefused",
  supervisor: "reasonSupervisor",
};

/** A reason in the page's language; one that is not known stays as it is. */
export function pauseReason(id: string): string {
  const word = PAUSES[id] ?? GIVEN[id];
  return word ? w(word) : id;
}
