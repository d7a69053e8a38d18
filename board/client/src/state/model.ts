// Collections of the views `state` and `wall/<name>`, as board/state/ makes them.
import type { Store } from "../link/store";
import type { Catalogue } from "../link/model";

export interface DistrictFigures {
  open: number;
  waiting: number;
  emergencies: number;
  /** Emergencies that nobody has acknowledged. */
  unseen: number;
  overdue: number;
  shortages: number;
  online: boolean;
  /** When the ticket that waits longest came in. */
  oldest: string | null;
  by_need: Record<string, number>;
  worst: "" | "danger" | "overdue" | "shortage" | "offline";
}

export interface LineFigures {
  in_use: number;
  bought: number;
  shared: boolean;
  /** Of the sum, under `all`: callers in all queues, and since when the first of them waits. */
  waiting?: number;
  waiting_since?: string | null;
}

/** `queues/<queue>`. */
export interface QueueState {
  queue: string;
  waiting: number;
  waiting_since: string | null;
  free: number;
}

/** `trunks/<trunk>`. */
export interface TrunkState {
  trunk: string;
  state: "up" | "down" | "unknown";
  why: string;
  in_use: number;
  bought: number;
}

export interface AlertFigures {
  kind: string;
  room: string;
  since: string;
  count?: number;
  level?: number | string;
  what?: string;
  what_hi?: string;
  remedy?: string;
}

export interface Shortage {
  room: string;
  level: string;
  item?: string;
  quantity?: number;
  unit?: string;
  daily_use?: number;
  as_of?: string;
  days_left?: number | null;
  need?: string;
  per_hour?: number;
  usual_per_hour?: number;
  times?: number | null;
  since?: string;
}

/** Groups, the people in them, and those of them with whom nobody has spoken yet. */
export interface StrandedFigures {
  count: number;
  people: number;
  waiting: number;
}

export interface DayFigures {
  calls: number;
  answered: number;
  tickets: number;
}

export interface Totals {
  today: DayFigures;
  yesterday_by_now: DayFigures;
  yesterday: DayFigures;
}

export type District = Catalogue["districts"][number];

/** What the board last sent of the state. */
export class StateData {
  constructor(
    private readonly store: Store,
    private readonly view: string,
    readonly catalogue: Catalogue,
  ) {}

  get districts(): readonly District[] {
    return this.catalogue.districts;
  }

  /** Ids of all needs, in the order of the table. */
  get needs(): readonly string[] {
    return this.catalogue.needs.map((one) => one.id);
  }

  figures(room: string): DistrictFigures | undefined {
    return this.store.get<DistrictFigures>(this.view, "districts", room);
  }

  get lines(): ReadonlyMap<string, LineFigures> {
    return this.store.collection<LineFigures>(this.view, "lines");
  }

  get queues(): ReadonlyMap<string, QueueState> {
    return this.store.collection<QueueState>(this.view, "queues");
  }

  get trunks(): ReadonlyMap<string, TrunkState> {
    return this.store.collection<TrunkState>(this.view, "trunks");
  }

  get alerts(): readonly AlertFigures[] {
    return [...this.store.collection<AlertFigures>(this.view, "alerts").values()];
  }

  get shortages(): readonly Shortage[] {
    return [...this.store.collection<Shortage>(this.view, "shortages").values()];
  }

  /** Our people in other states, by the state; `unknown` is a key too. */
  get outside(): ReadonlyMap<string, StrandedFigures> {
    return this.store.collection<StrandedFigures>(this.view, "outside");
  }

  /** The same people, by their home district. */
  get homes(): ReadonlyMap<string, StrandedFigures> {
    return this.store.collection<StrandedFigures>(this.view, "homes");
  }

  /** People of other states here, by their state. */
  get inbound(): ReadonlyMap<string, StrandedFigures> {
    return this.store.collection<StrandedFigures>(this.view, "inbound");
  }

  get totals(): Totals | undefined {
    return this.store.get<Totals>(this.view, "totals", "totals");
  }

  get transcription(): { waiting: number; oldest: string | null } | undefined {
    return this.store.get(this.view, "transcription", "backlog");
  }

  get nodes(): ReadonlyMap<string, { state: string; asterisk?: boolean }> {
    return this.store.collection(this.view, "nodes");
  }
}
