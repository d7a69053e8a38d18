// The operator's microphone: opened once at "Go ready", its level, and the choice of device.

/** Below this peak (full scale is 1) a microphone gives digital silence: unplugged, or muted at the headset. */
const SILENCE_PEAK = 0.0005;
/** Silence of a person who listens is never that quiet for so long. */
const SILENT_AFTER_MS = 5_000;
const LEVEL_INTERVAL_MS = 100;

const ALL_DEVICES = "default";
const CHOSEN_KEY = "warroom-microphone";

/** What the page shows of the microphone. */
export interface MicrophoneState {
  open: boolean;
  /** Why it is not open, as the browser names it: `NotAllowedError`, `NotFoundError`, `lost`. */
  problem: string;
  /** Nothing but digital silence for five seconds. */
  silent: boolean;
  devices: readonly { id: string; label: string }[];
  chosen: string;
}

export class Microphone {
  readonly state: MicrophoneState = { open: false, problem: "", silent: false, devices: [], chosen: readChoice() };
  stream: MediaStream | null = null;
  private audio: AudioContext | null = null;
  private analyser: AnalyserNode | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private samples = new Float32Array(1024);
  private quietSince = 0;
  private timer = 0;

  /**
   * @param changed Called when the state changed.
   * @param showLevel Called ten times a second with 0 to 1.
   * @param replaced Called with the track of another device, for a call that goes on.
   */
  constructor(
    private readonly changed: () => void,
    private readonly showLevel: (level: number) => void,
    private readonly replaced: (track: MediaStreamTrack) => void,
  ) {}

  /** Ask for the microphone; from a click or a key, so that the browser lets sound out as well. */
  async open(): Promise<boolean> {
    try {
      await this.use(this.state.chosen);
    } catch (error) {
      if (this.state.chosen === ALL_DEVICES || !isMissing(error)) return this.failed(error);
      try {
        await this.use(ALL_DEVICES);
      } catch (second) {
        return this.failed(second);
      }
    }
    navigator.mediaDevices.addEventListener("devicechange", this.devicesChanged);
    for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, this.wake, true);
    return true;
  }

  /** Change to another device; a call that goes on speaks through it at once. */
  async choose(device: string): Promise<void> {
    this.state.chosen = device;
    writeChoice(device);
    if (!this.state.open) return this.changed();
    try {
      await this.use(device);
    } catch (error) {
      this.failed(error);
    }
  }

  /** After a reload the browser measures nothing before a click or a key. */
  private readonly wake = (): void => void this.audio?.resume();

  /** Let the microphone go. */
  close(): void {
    navigator.mediaDevices?.removeEventListener("devicechange", this.devicesChanged);
    window.clearInterval(this.timer);
    this.stop();
    this.state.open = false;
    this.state.silent = false;
    this.changed();
  }

  private async use(device: string): Promise<void> {
    const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    const exact = device === ALL_DEVICES ? {} : { deviceId: { exact: device } };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { ...wanted, ...exact } });
    this.stop();
    this.stream = stream;
    const track = stream.getAudioTracks()[0];
    if (track) {
      track.addEventListener("ended", this.lost);
      this.replaced(track);
    }
    this.audio ??= new AudioContext();
    void this.audio.resume();
    this.source = this.audio.createMediaStreamSource(stream);
    this.analyser = this.audio.createAnalyser();
    this.analyser.fftSize = this.samples.length;
    this.source.connect(this.analyser);
    this.quietSince = 0;
    window.clearInterval(this.timer);
    this.timer = window.setInterval(this.measure, LEVEL_INTERVAL_MS);
    Object.assign(this.state, { open: true, problem: "", silent: false });
    await this.listDevices();
    this.changed();
  }

  private stop(): void {
    for (const track of this.stream?.getTracks() ?? []) {
      track.removeEventListener("ended", this.lost);
      track.stop();
    }
    this.source?.disconnect();
    this.stream = this.source = this.analyser = null;
  }

  private failed(error: unknown): false {
    this.stop();
    window.clearInterval(this.timer);
    this.state.open = false;
    this.state.problem = error instanceof DOMException ? error.name : "NotFoundError";
    this.changed();
    return false;
  }

  private readonly lost = (): void => {
    this.state.problem = "lost";
    this.changed();
    // The headset was pulled out: whatever else the PC has is better than silence.
    this.use(ALL_DEVICES).then(
      () => {
        this.state.problem = "lost";
        this.changed();
      },
      (error: unknown) => this.failed(error),
    );
  };

  private readonly devicesChanged = (): void => {
    void this.listDevices().then(async () => {
      const { devices, chosen, open } = this.state;
      if (!open || (this.state.problem && devices.some((one) => one.id === chosen))) await this.choose(chosen);
      this.changed();
    });
  };

  private async listDevices(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices();
    this.state.devices = all
      .filter((one) => one.kind === "audioinput")
      .map((one) => ({ id: one.deviceId || ALL_DEVICES, label: one.label }));
  }

  private readonly measure = (): void => {
    if (!this.analyser || this.audio?.state !== "running") return;
    this.analyser.getFloatTimeDomainData(this.samples);
    let peak = 0;
    for (const sample of this.samples) peak = Math.max(peak, Math.abs(sample));
    this.showLevel(Math.min(1, peak));
    const now = performance.now();
    if (peak > SILENCE_PEAK || !this.quietSince) this.quietSince = now;
    const silent = now - this.quietSince > SILENT_AFTER_MS;
    if (silent !== this.state.silent) {
      this.state.silent = silent;
      this.changed();
    }
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof DOMException && ["NotFoundError", "OverconstrainedError"].includes(error.name);
}

function readChoice(): string {
  try {
    return localStorage.getItem(CHOSEN_KEY) ?? ALL_DEVICES;
  } catch {
    return ALL_DEVICES;
  }
}

function writeChoice(device: string): void {
  try {
    localStorage.setItem(CHOSEN_KEY, device);
  } catch {
    // Storage is switched off in this browser: the choice holds until the page is closed.
  }
}
