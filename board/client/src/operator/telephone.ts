// The telephone in the browser: registers, rings, answers, hangs up, mutes. Hold, transfer and conference are commands to
// the server, which does them in Asterisk: they work the same with a hardware telephone.
import type { RTCSession } from "jssip/lib/RTCSession";
import type { RTCSessionEvent, UA } from "jssip/lib/UA";
import { type CallQuality, QualityMeter } from "./call_quality";
import { Microphone } from "./microphone";

/** JsSIP waits for the last ICE candidate, up to 40 s; the addresses of the PC itself are there at once. */
const ICE_GATHERING_MS = 500;
const RECOVERY_MIN_S = 2;
const RECOVERY_MAX_S = 30;
const REGISTER_EXPIRES_S = 120;
/** A call that this page asked for itself rings within this time, and is answered without a key. */
const EXPECTED_CALL_MS = 20_000;
const CREDENTIALS_RETRY_MS = 5_000;
const LOCK = "warroom-phone";
/** Since when this tab speaks: after a reload it takes the caller back by itself. */
const IN_CALL_KEY = "warroom-in-call";
const RELOAD_MS = 30_000;
const ALAW = "8";

/** As GET /operator/telephone answers. */
interface Credentials {
  user: string;
  realm: string;
  ha1: string;
  uri: string;
}

export interface TelephoneState {
  /** `off`: "Go ready" was not pressed; `elsewhere`: another tab has the telephone. */
  stage: "off" | "elsewhere" | "starting" | "on";
  ringing: { number: string; name: string } | null;
  talking: boolean;
  muted: boolean;
  /** The browser lets no sound out before a click. */
  soundOff: boolean;
  quality: CallQuality | null;
  /** No credentials, or a registration that was refused. */
  refused: boolean;
}

export class Telephone {
  readonly state: TelephoneState = {
    stage: "off",
    ringing: null,
    talking: false,
    muted: false,
    soundOff: false,
    quality: null,
    refused: false,
  };
  readonly microphone: Microphone;
  private readonly speaker = new Audio();
  private agent: UA | null = null;
  private session: RTCSession | null = null;
  private meter: QualityMeter | null = null;
  private expectedUntil = 0;
  private letLockGo: (() => void) | null = null;

  /**
   * @param changed Called when anything that is shown changed.
   * @param showLevel Called ten times a second with the microphone's level, 0 to 1.
   * @param bell Lets the bell ring, or stops it.
   */
  constructor(
    private readonly changed: () => void,
    showLevel: (level: number) => void,
    private readonly bell: (on: boolean) => void,
  ) {
    this.microphone = new Microphone(changed, showLevel, (track) => this.speakThrough(track));
    this.speaker.autoplay = true;
    window.addEventListener("beforeunload", (event) => {
      if (this.session?.isEstablished()) event.preventDefault();
    });
    window.addEventListener("pagehide", () => {
      if (this.session?.isEstablished()) remember(Date.now());
    });
  }

  /** Whether this tab was reloaded in the middle of a call. */
  get wasTalking(): boolean {
    return Date.now() - remembered() < RELOAD_MS;
  }

  /** Open microphone and sound, and register; from a click or a key. */
  async goReady(): Promise<void> {
    if (this.state.stage === "starting" || this.state.stage === "on") return;
    this.set({ stage: "starting", soundOff: false });
    if (this.wasTalking) this.expectCall();
    remember(0);
    if (!(await this.takeLock())) return this.set({ stage: "elsewhere" });
    if (!(await this.microphone.open())) {
      this.letLockGo?.();
      return this.set({ stage: "off" });
    }
    await this.register();
  }

  /** Give the telephone back. */
  stop(): void {
    this.session?.terminate();
    this.agent?.stop();
    this.agent = null;
    this.microphone.close();
    this.letLockGo?.();
    this.set({ stage: "off" });
  }

  /** The next call was asked for on this page: it is answered without a key. */
  expectCall(): void {
    this.expectedUntil = Date.now() + EXPECTED_CALL_MS;
  }

  answer(): void {
    const { stream } = this.microphone;
    if (!this.session || !this.state.ringing || !stream) return;
    this.bell(false);
    this.session.answer({ mediaStream: stream, pcConfig: { iceServers: [] } });
    this.set({ ringing: null });
  }

  /** End this leg only: the server ends or keeps the caller. */
  hangUp(): void {
    this.session?.terminate();
  }

  mute(muted: boolean): void {
    if (!this.session?.isEstablished()) return;
    if (muted) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.set({ muted });
  }

  /** Let the far end be heard, after the browser wanted a click first. */
  unblockSound(): void {
    this.speaker.play().then(
      () => this.set({ soundOff: false }),
      () => undefined,
    );
  }

  private set(state: Partial<TelephoneState>): void {
    Object.assign(this.state, state);
    this.changed();
  }

  private takeLock(): Promise<boolean> {
    return new Promise((resolve) => {
      void navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise<void>((release) => (this.letLockGo = release));
      });
    });
  }

  private async register(): Promise<void> {
    const credentials = await fetchCredentials();
    if (!credentials) {
      this.set({ refused: true });
      window.setTimeout(() => void (this.microphone.state.open && this.register()), CREDENTIALS_RETRY_MS);
      return;
    }
    const { UA, WebSocketInterface } = (await import("jssip")).default;
    this.agent?.stop();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const agent = new UA({
      sockets: [new WebSocketInterface(`${scheme}://${location.host}/operator/sip`)],
      uri: credentials.uri,
      authorization_user: credentials.user,
      realm: credentials.realm,
      ha1: credentials.ha1,
      register_expires: REGISTER_EXPIRES_S,
      connection_recovery_min_interval: RECOVERY_MIN_S,
      connection_recovery_max_interval: RECOVERY_MAX_S,
      session_timers: false,
    });
    agent.on("newRTCSession", ({ session, originator }: RTCSessionEvent) => {
      if (String(originator) === "remote") this.ring(session);
    });
    let lineBroke = false;
    agent.on("disconnected", () => (lineBroke = true));
    agent.on("registered", () => {
      this.set({ refused: false });
      if (lineBroke) this.refreshTarget();
      lineBroke = false;
    });
    agent.on("registrationFailed", ({ cause }) => {
      // Only a refusal needs other credentials; a lost line JsSIP mends by itself.
      if (!["Rejected", "Authentication Error"].includes(String(cause))) return;
      this.set({ refused: true });
      window.setTimeout(() => void (this.agent === agent && this.register()), CREDENTIALS_RETRY_MS);
    });
    this.agent = agent;
    agent.start();
    this.set({ stage: "on", refused: false });
  }

  /** Tell Asterisk by which line this call is reached now (RFC 3311 5.1): its BYE would go into the broken one. */
  private refreshTarget(): void {
    const session = this.session as (RTCSession & { sendRequest(method: string, options: object): void }) | null;
    if (!session?.isEstablished()) return;
    session.sendRequest("UPDATE", { extraHeaders: [`Contact: ${session.contact}`] });
  }

  private ring(session: RTCSession): void {
    if (this.session) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    let gathering = 0;
    session.on("icecandidate", ({ ready }) => {
      gathering ||= window.setTimeout(ready, ICE_GATHERING_MS);
    });
    session.on("sdp", (event) => {
      if (String(event.originator) === "local") event.sdp = alawFirst(event.sdp);
    });
    session.on("peerconnection", ({ peerconnection }) => this.connect(peerconnection));
    session.on("confirmed", () => this.set({ talking: true }));
    session.on("ended", () => this.over(session));
    session.on("failed", () => this.over(session));
    const { user, host } = session.remote_identity.uri;
    this.set({ ringing: { number: String(user ?? host), name: session.remote_identity.display_name ?? "" } });
    if (Date.now() < this.expectedUntil) {
      this.expectedUntil = 0;
      this.answer();
    } else {
      this.bell(true);
    }
  }

  private connect(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track, streams }) => {
      this.speaker.srcObject = streams[0] ?? new MediaStream([track]);
      this.speaker.play().catch(() => this.set({ soundOff: true }));
    });
    this.meter = new QualityMeter(connection, (quality) => this.set({ quality }));
  }

  private over(session: RTCSession): void {
    if (this.session !== session) return;
    this.bell(false);
    this.meter?.stop();
    this.speaker.srcObject = null;
    this.session = this.meter = null;
    for (const track of this.microphone.stream?.getAudioTracks() ?? []) track.enabled = true;
    this.set({ ringing: null, talking: false, muted: false, quality: null });
  }

  private speakThrough(track: MediaStreamTrack): void {
    const connection = this.session?.connection as RTCPeerConnection | undefined;
    track.enabled = !this.state.muted;
    for (const sender of connection?.getSenders() ?? []) void sender.replaceTrack(track);
  }
}

/** Put A-law before the other codecs of each sound line: the trunks speak it, so that nothing is transcoded. */
export function alawFirst(sdp: string): string {
  return sdp.replace(/^(m=audio \d+ \S+)((?: \d+)+)/gm, (line, head: string, list: string) => {
    const codecs = list.trim().split(" ");
    if (!codecs.includes(ALAW)) return line;
    return [head, ALAW, ...codecs.filter((one) => one !== ALAW)].join(" ");
  });
}

async function fetchCredentials(): Promise<Credentials | null> {
  try {
    const answer = await fetch("/operator/telephone", { headers: { accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as Credentials) : null;
  } catch {
    return null;
  }
}

function remember(since: number): void {
  try {
    sessionStorage.setItem(IN_CALL_KEY, String(since));
  } catch {
    // Without storage the operator presses "Go ready" after a reload.
  }
}

function remembered(): number {
  try {
    return Number(sessionStorage.getItem(IN_CALL_KEY) ?? 0);
  } catch {
    return 0;
  }
}
