// Texts of the screens in Hindi and English, chosen by the cookie `lang`; typed, so that neither lacks an entry.
import { Listeners } from "../link/events";
import { en } from "./text/en";
import { hi } from "./text/hi";

export type Language = "hi" | "en";
type Values = Record<string, string | number>;

const YEAR_S = 365 * 86_400;

function chosen(): Language {
  return /(?:^|; )lang=en(?:;|$)/.test(document.cookie) ? "en" : "hi";
}

let current: Language = chosen();
document.documentElement.lang = current;

export const languageChanged = new Listeners<Language>();

export function language(): Language {
  return current;
}

/** Changes the language of this page and of all pages opened from now on. */
export function setLanguage(next: Language): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `lang=${next}; Path=/; Max-Age=${YEAR_S}; SameSite=Strict${secure}`;
  current = next;
  document.documentElement.lang = next;
  languageChanged.tell(next);
}

export function toggleLanguage(): void {
  setLanguage(current === "hi" ? "en" : "hi");
}

/**
 * Makes the lookup of a pair of dictionaries: `t("key", {n: 3})`.
 * `{name}` is filled in; of two texts parted by `|` the first is for n = 1.
 */
export function dictionary<K extends string>(english: Record<K, string>, hindi: Record<K, string>) {
  return (key: K, values: Values = {}): string => {
    const texts = (current === "en" ? english : hindi)[key].split("|");
    const text = (values.n === 1 ? texts[0] : texts.at(-1)) ?? "";
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  };
}

/** The texts that all pages share. */
export const t = dictionary(en, hi);

/** Picks the name in the page's language from something that has both. */
export function named(one: { name: string; name_hi: string } | undefined, otherwise = ""): string {
  if (!one) return otherwise;
  return (current === "hi" ? one.name_hi : one.name) || one.name || otherwise;
}

/** A refusal's reason in the person's language. */
export function reasonOf(reply: { code: string; reason: string; reason_hi: string }): string {
  return (current === "hi" ? reply.reason_hi : reply.reason) || reply.reason || reply.code;
}
