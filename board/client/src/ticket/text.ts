import { dictionary } from "../ui/text";
import { en } from "./text/en";
import { hi } from "./text/hi";

/** Texts about a ticket. */
export const tt = dictionary(en, hi);
