// What a tile shows: a number, a word, and one of five steps; never the colour alone.
import type { DistrictFigures } from "./model";
import { st } from "./text";

export type Measure = "open" | "overdue" | "shortage";
export const MEASURES: readonly Measure[] = ["open", "overdue", "shortage"];

/** From how many on the second to fifth step begins. */
const STEPS: Record<Measure, readonly number[]> = {
  open: [1, 10, 25, 50],
  overdue: [1, 3, 6, 15],
  shortage: [1, 2, 3, 5],
};
const ORDER = ["danger", "overdue", "shortage", "offline", ""];

export function measureName(measure: Measure): string {
  return st(({ open: "measureOpen", overdue: "measureOverdue", shortage: "measureShortage" } as const)[measure]);
}

export function valueOf(measure: Measure, figures: DistrictFigures): number {
  return measure === "open" ? figures.open : measure === "overdue" ? figures.overdue : figures.shortages;
}

/** 0 to 4, of a number. */
export function stepOf(measure: Measure, value: number): number {
  return STEPS[measure].filter((least) => value >= least).length;
}

/** 0 to 4, of a number of tickets of one need: smaller numbers count there. */
export function heatStep(count: number): number {
  return [1, 3, 8, 20].filter((least) => count >= least).length;
}

export function wordOf(measure: Measure, figures: DistrictFigures): string {
  if (measure === "shortage") return st(figures.shortages ? "wordShort" : "wordEnough");
  if (measure === "overdue") return st(figures.overdue ? "wordLateOnly" : "wordInTime");
  if (figures.unseen) return st("wordDanger", { n: figures.unseen });
  if (figures.overdue) return st("wordLate", { n: figures.overdue });
  if (figures.waiting) return st("wordNew", { n: figures.waiting });
  return st(figures.open ? "wordWork" : "wordNone");
}

/** Worst first: by what is wrong, then by the number shown. */
export function compare(measure: Measure, a: DistrictFigures, b: DistrictFigures): number {
  const danger = Number(b.unseen > 0) - Number(a.unseen > 0);
  const value = valueOf(measure, b) - valueOf(measure, a);
  return danger || value || ORDER.indexOf(a.worst) - ORDER.indexOf(b.worst);
}
