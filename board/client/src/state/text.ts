// Texts of the state wall; the war room's desk has more of its own.
import { dictionary } from "../ui/text";
import { en } from "./text/en";
import { hi } from "./text/hi";

export const st = dictionary(en, hi);
