// Which room could send another what it lacks: from reports of stock and what runs short. Pure functions.
import type { StockReport } from "../link/model";
import type { District, Shortage } from "../state/model";

const DAY_MS = 86_400_000;
/** Days that a room which receives is to have: a week, in which its own supply comes again. */
export const WANTED_DAYS = 7;
/** Days that a room which sends keeps: more than what is watched for any item (router/stock/data/items.csv). */
export const KEPT_DAYS = 14;

export interface Held {
  room: string;
  item: string;
  unit: string;
  /** Now: what was reported, less the use since. */
  quantity: number;
  dailyUse: number;
  asOf: string;
  /** null: nothing is used. */
  days: number | null;
}

export interface Move {
  item: string;
  unit: string;
  source: string;
  target: string;
  quantity: number;
  /** Days left, before and after, of who receives and who sends. */
  targetDays: number | null;
  sourceDays: number | null;
}

/** Reports as they stand now. Keys of `stock` are `<room>/<item>`. */
export function held(stock: ReadonlyMap<string, StockReport>, now: number): Held[] {
  return [...stock].map(([key, report]) => {
    const [room = "", item = ""] = key.split("/");
    const since = Math.max(0, now - Date.parse(report.as_of)) / DAY_MS;
    const quantity = Math.max(0, report.quantity - since * report.daily_use);
    const days = report.daily_use > 0 ? quantity / report.daily_use : null;
    return { room, item, unit: report.unit, quantity, dailyUse: report.daily_use, asOf: report.as_of, days };
  });
}

/** Two digits that count: nobody loads 1,237 kg. Never more than asked. */
export function rounded(quantity: number): number {
  if (quantity < 10) return Math.floor(quantity);
  const unit = 10 ** (Math.floor(Math.log10(quantity)) - 1);
  return Math.floor(quantity / unit) * unit;
}

function distance(districts: ReadonlyMap<string, District>, one: string, other: string): number {
  const a = districts.get(one);
  const b = districts.get(other);
  return a && b ? Math.hypot(a.tile[0] - b.tile[0], a.tile[1] - b.tile[1]) : Infinity;
}

/**
 * Proposes a move for each stock that runs short: from the nearest room that can fill it up and keeps enough itself;
 * where none can, from the one with most to spare.
 */
export function proposeMoves(shortages: readonly Shortage[], all: readonly Held[], districts: readonly District[]): Move[] {
  const places = new Map(districts.map((one) => [one.room, one]));
  const spare = new Map(all.map((one) => [`${one.room}/${one.item}`, Math.max(0, one.quantity - KEPT_DAYS * one.dailyUse)]));
  const moves: Move[] = [];
  const urgent = [...shortages].filter((one) => one.item).sort((a, b) => (a.days_left ?? 0) - (b.days_left ?? 0));
  for (const shortage of urgent) {
    const target = all.find((one) => one.room === shortage.room && one.item === shortage.item);
    if (!target?.dailyUse) continue;
    const lacking = WANTED_DAYS * target.dailyUse - target.quantity;
    if (lacking <= 0) continue;
    const left = (one: Held) => spare.get(`${one.room}/${one.item}`) ?? 0;
    const donors = all.filter((one) => one.item === target.item && one.unit === target.unit && one.room !== target.room && left(one) > 0);
    const near = (a: Held, b: Held) => distance(places, a.room, target.room) - distance(places, b.room, target.room);
    const enough = donors.filter((one) => left(one) >= lacking).sort((a, b) => near(a, b) || left(b) - left(a))[0];
    const donor = enough ?? donors.sort((a, b) => left(b) - left(a) || near(a, b))[0];
    const quantity = donor ? rounded(Math.min(lacking, left(donor))) : 0;
    if (!donor || quantity <= 0) continue;
    spare.set(`${donor.room}/${donor.item}`, left(donor) - quantity);
    moves.push({
      item: target.item,
      unit: target.unit,
      source: donor.room,
      target: target.room,
      quantity,
      targetDays: target.days,
      sourceDays: donor.days,
    });
  }
  return moves;
}
