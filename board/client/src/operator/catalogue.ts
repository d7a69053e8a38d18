// Needs and districts as GET /api/catalogue has them, and how an operator finds them: a need by one key, a district by three
// letters in either script.

export interface Need {
  id: string;
  name: string;
  name_hi: string;
  question?: string;
  question_hi?: string;
}

export interface District {
  id: string;
  name: string;
  name_hi: string;
  room: string;
  spellings?: readonly string[];
}

/** Physical keys, so that they are the same on a Hindi layout. */
const NEED_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "Q", "W", "E", "R", "T", "Y", "U", "I"];
/** Danger to life has a key of its own, and messages to listen to come from the answering machine alone. */
const NOT_TYPED = new Set(["danger", "listen"]);
const LETTERS_NEEDED = 2;
const MAX_SUGGESTIONS = 8;

/** The needs of the form, each with its key. */
export function needsWithKeys(needs: readonly Need[]): { need: Need; key: string }[] {
  return needs.filter((one) => !NOT_TYPED.has(one.id)).map((need, at) => ({ need, key: NEED_KEYS[at] ?? "" }));
}

/** The character of a physical key: `Digit4` and `Numpad4` are "4", `KeyQ` is "Q". */
export function keyName(code: string): string {
  return code.replace(/^(Digit|Numpad|Key)/, "");
}

/** Districts whose name, in any spelling, has a word that begins with what was typed; the best first. */
export function findDistricts(districts: readonly District[], typed: string): District[] {
  const wanted = fold(typed);
  if ([...wanted].length < LETTERS_NEEDED) return [];
  const ranked = districts.map((one) => ({ one, rank: rank(one, wanted) })).filter(({ rank }) => rank < 3);
  ranked.sort((a, b) => a.rank - b.rank || a.one.name.localeCompare(b.one.name));
  return ranked.slice(0, MAX_SUGGESTIONS).map(({ one }) => one);
}

function rank(district: District, wanted: string): number {
  const names = [district.name, district.name_hi, district.id, ...(district.spellings ?? [])].map(fold);
  if (names[0]?.startsWith(wanted) || names[1]?.startsWith(wanted)) return 0;
  if (names.some((name) => name.startsWith(wanted))) return 1;
  if (names.some((name) => name.split(" ").some((word) => word.startsWith(wanted)))) return 2;
  return 3;
}

/** A name without what is often typed otherwise: case, nukta, the dot and the moon of nasals, joiners, hyphens. */
function fold(name: string): string {
  return name
    .normalize("NFD")
    .toLowerCase()
    .replace(/[\u093c\u200c\u200d]/g, "")
    .replace(/\u0901/g, "\u0902")
    .replace(/[-_]/g, " ")
    .trim();
}
