import { dictionary } from "../ui/text";
import { en } from "./text/en";
import { hi } from "./text/hi";

/** Texts of the district board. */
export const tr = dictionary(en, hi);
