// Texts of the war room's desk.
import { dictionary } from "../ui/text";
import { en } from "./text/en";
import { hi } from "./text/hi";

export const wt = dictionary(en, hi);
