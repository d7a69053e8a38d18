// One WebSocket to the board: connects again by itself, and knows whether what the page shows is fresh.
import { setServerTime } from "./clock";
import { Listeners } from "./events";
import type { FromBoard, Reply, ToBoard } from "./frames";
import { Store } from "./store";

/** `live`: connected, every view has its snapshot since, and beats come. */
export type LinkState = "connecting" | "live" | "stale" | "signed-out" | "refused";

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000; // a room looks at a grey screen no longer than that after the board is back
const CONNECT_LIMIT_MS = 15_000; // a handshake by a bad line takes some seconds; to begin anew would not help it
const TICK_MS = 500;
const MISSED_BEATS = 1.8; // two beats of 5 s missed, told within the ten seconds that rooms were promised
const SLEPT_MS = 4_000; // a tick that comes so late: the PC slept, or the tab was frozen

const SIGNED_OUT = 4401;
const NOT_ALLOWED = 4403;
const TOO_MANY = 4429;

export class Link {
  readonly store = new Store();
  /** Told when anything that the status bar shows has changed. */
  readonly changed = new Listeners<void>();
  /** Told at each `hello`: what has to be sent again is sent now. */
  readonly connected = new Listeners<void>();
  readonly replies = new Listeners<Reply>();

  state: LinkState = "connecting";
  /** Since when what is shown is old, ISO 8601 by the server's clock; empty: nothing was ever shown. */
  asOf = "";
  broker = true;
  serve = true;
  /** The board takes no more pages of this person. */
  tooMany = false;
  /** Another version of the pages is there: the page should be loaded anew. */
  outdated = false;

  private socket: WebSocket | null = null;
  /** The board has said for whom this connection is; nothing is sent before. */
  private greeted = false;
  private readonly views = new Set<string>();
  private readonly awaited = new Set<string>();
  private heartbeatMs = 5_000;
  private lastFrame = 0;
  private lastTick = Date.now();
  private wait = FIRST_WAIT_MS;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private build = "";

  /** Args: user: for whom the page was made; as somebody else it is loaded anew before anything is sent. */
  constructor(
    private readonly user = "",
    private readonly path = "/live",
  ) {}

  /** Connects, and stays connected while the page lives. */
  open(): void {
    setInterval(() => this.tick(), TICK_MS);
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    window.addEventListener("online", () => this.wake());
    window.addEventListener("offline", () => this.lose());
    window.addEventListener("pageshow", (event) => event.persisted && this.reconnect());
    this.connect();
  }

  subscribe(view: string): void {
    this.views.add(view);
    this.awaited.add(view);
    this.send({ type: "subscribe", view });
  }

  unsubscribe(view: string): void {
    this.views.delete(view);
    this.awaited.delete(view);
    this.store.drop(view);
    this.send({ type: "unsubscribe", view });
  }

  /** Sends a frame; false when there is no connection (commands go through the outbox, which sends them again). */
  send(frame: ToBoard): boolean {
    if (!this.greeted || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  get fresh(): boolean {
    return this.state === "live" && this.broker;
  }

  private get connecting(): boolean {
    return this.socket?.readyState === WebSocket.CONNECTING;
  }

  /** Drops the connection and begins at once with a new one, which brings fresh snapshots. */
  reconnect(): void {
    this.lose();
    this.wait = FIRST_WAIT_MS;
    this.connect();
  }

  private connect(): void {
    clearTimeout(this.retry);
    this.close();
    const url = new URL(this.path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.lastFrame = Date.now();
    for (const view of this.views) this.awaited.add(view); // what was shown counts no more
    socket.onmessage = (event: MessageEvent<string>) => {
      if (socket === this.socket) this.take(JSON.parse(event.data) as FromBoard);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code);
    };
  }

  private close(): void {
    const old = this.socket;
    this.socket = null;
    this.greeted = false;
    old?.close();
  }

  private closed(code: number): void {
    this.close();
    this.tooMany = code === TOO_MANY;
    if (code === SIGNED_OUT || code === NOT_ALLOWED) {
      this.become(code === SIGNED_OUT ? "signed-out" : "refused");
      return;
    }
    this.lose();
    this.changed.tell();
    this.retry = setTimeout(() => this.connect(), this.wait * (0.5 + Math.random() / 2));
    this.wait = Math.min(2 * this.wait, MAX_WAIT_MS);
  }

  private take(frame: FromBoard): void {
    this.lastFrame = Date.now();
    switch (frame.type) {
      case "hello":
        if (this.user && frame.user !== this.user) return this.leave();
        this.greeted = true;
        this.tooMany = false;
        setServerTime(frame.now);
        this.heartbeatMs = frame.heartbeat_s * 1_000;
        this.wait = FIRST_WAIT_MS;
        this.seeBuild(frame.build);
        for (const view of this.views) this.send({ type: "subscribe", view });
        this.connected.tell();
        break;
      case "snapshot":
        this.awaited.delete(frame.view);
        this.asOf = frame.as_of;
        this.store.replace(frame);
        break;
      case "change":
        this.store.apply(frame);
        return; // nothing that the status bar shows
      case "beat":
        setServerTime(frame.now);
        this.asOf = frame.as_of;
        this.broker = frame.broker;
        this.serve = frame.serve;
        this.seeBuild(frame.build);
        break;
      case "reply":
        this.replies.tell(frame);
        return;
      case "refused":
        if (this.awaited.delete(frame.view)) this.views.delete(frame.view);
        if (this.views.size === 0) return this.become("refused");
        break;
    }
    this.become(this.awaited.size > 0 ? this.state : "live");
  }

  /** Somebody else has signed in at this browser: nothing of the one before goes out in the other's name. */
  private leave(): void {
    this.close();
    this.become("refused");
    location.reload();
  }

  private seeBuild(build: string): void {
    this.build ||= build;
    this.outdated = build !== this.build;
  }

  private tick(): void {
    const slept = Date.now() - this.lastTick > SLEPT_MS;
    this.lastTick = Date.now();
    if (this.state === "signed-out" || this.state === "refused") return;
    const limit = this.connecting ? CONNECT_LIMIT_MS : MISSED_BEATS * this.heartbeatMs;
    if (this.socket && Date.now() - this.lastFrame > limit) this.reconnect();
    else if (slept) this.wake();
  }

  /** After sleep nothing shown counts until a fresh snapshot has come. */
  private wake(): void {
    const silent = Date.now() - this.lastFrame > this.heartbeatMs + SLEPT_MS / 2;
    if (silent || (this.state !== "live" && !this.connecting)) this.reconnect();
  }

  private lose(): void {
    if (this.state === "live") this.become("stale");
  }

  private become(state: LinkState): void {
    this.state = state;
    this.changed.tell();
  }
}
