// Sounds made in the browser, no file: the alarm for danger to life, a chime, a ring. One tab of a browser plays them.
import { Listeners } from "../link/events";

export type SoundName = "alarm" | "chime" | "ring";

interface Tone {
  /** Hz, and begin and length in seconds. */
  hz: number;
  at: number;
  for: number;
}

// Two rising pairs, then a pause: heard over talk, and known from the chime by its rhythm.
const ALARM: Tone[] = [0, 0.5].flatMap((at) => [
  { hz: 880, at, for: 0.2 },
  { hz: 1175, at: at + 0.22, for: 0.22 },
]);
const CHIME: Tone[] = [
  { hz: 659, at: 0, for: 0.14 },
  { hz: 880, at: 0.16, for: 0.3 },
];
const RING: Tone[] = [
  { hz: 425, at: 0, for: 0.4 },
  { hz: 425, at: 0.6, for: 0.4 },
];
const TONES: Record<SoundName, Tone[]> = { alarm: ALARM, chime: CHIME, ring: RING };
const PERIOD_S: Record<SoundName, number> = { alarm: 2.5, chime: 1, ring: 3 };
const FADE_S = 0.012; // a tone that begins at full strength clicks

export class Sounds {
  /** Told when the state below has changed. */
  readonly changed = new Listeners<void>();
  /** Whether this tab is the one that plays. */
  mine = !navigator.locks;

  private context: AudioContext | null = null;
  private gain: GainNode | null = null;
  private readonly wanted = new Set<SoundName>();
  private readonly playing = new Map<SoundName, AudioBufferSourceNode>();
  private asked = false;

  /**
   * @param view - Tabs with the same view play once, not each.
   * @param person - Whose volume it is.
   */
  constructor(
    private readonly view: string,
    private readonly person: string,
  ) {
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, () => void this.unlock(), true);
    void mayPlay().then((may) => (may ? this.unlock() : undefined));
  }

  /** No sound comes: the browser waits for a click first. */
  get suspended(): boolean {
    return this.context?.state !== "running";
  }

  /** 0 to 1. */
  get volume(): number {
    const kept = Number.parseFloat(localStorage.getItem(this.volumeKey) ?? "");
    return Number.isFinite(kept) ? Math.min(1, Math.max(0, kept)) : 0.7;
  }

  set volume(value: number) {
    localStorage.setItem(this.volumeKey, String(value));
    if (this.gain) this.gain.gain.value = value;
    this.changed.tell();
  }

  /** Has a sound repeated, or ends it. */
  repeat(name: SoundName, on: boolean): void {
    if (on) this.wanted.add(name);
    else this.wanted.delete(name);
    this.settle();
  }

  /** Plays a sound once. */
  once(name: SoundName): void {
    if (this.mine) this.play(name, false);
  }

  /** Plays the alarm once here, whichever tab plays otherwise. */
  async test(): Promise<void> {
    await this.unlock();
    this.play("alarm", false);
  }

  /** Begins or goes on with sound; browsers allow it after a click or a key only. */
  async unlock(): Promise<void> {
    if (!this.context) {
      this.context = new AudioContext();
      this.gain = this.context.createGain();
      this.gain.gain.value = this.volume;
      this.gain.connect(this.context.destination);
      this.context.onstatechange = () => {
        if (!this.suspended) this.ask();
        this.settle();
        this.changed.tell();
      };
    }
    if (this.context.state !== "running") await this.context.resume().catch(() => undefined);
    if (!this.suspended) this.ask();
  }

  private get volumeKey(): string {
    return `warroom-volume|${this.person}`;
  }

  /** Asks for the lock once sound is possible: a silent tab must not hold it. It is held until the tab is closed. */
  private ask(): void {
    if (this.asked || !navigator.locks) return;
    this.asked = true;
    void navigator.locks.request(`warroom-sound|${this.view}`, () => {
      this.mine = true;
      this.settle();
      this.changed.tell();
      return new Promise(() => undefined);
    });
  }

  private settle(): void {
    for (const name of Object.keys(TONES) as SoundName[]) {
      const on = this.wanted.has(name) && this.mine && !this.suspended;
      if (on && !this.playing.has(name)) {
        const source = this.play(name, true);
        if (source) this.playing.set(name, source);
      } else if (!on) {
        this.playing.get(name)?.stop();
        this.playing.delete(name);
      }
    }
  }

  // looped by the audio thread: a hidden tab's timers run once a minute only
  private play(name: SoundName, loop: boolean): AudioBufferSourceNode | null {
    if (!this.context || !this.gain || this.suspended) return null;
    const source = this.context.createBufferSource();
    source.buffer = samples(this.context, name);
    source.loop = loop;
    source.connect(this.gain);
    source.start();
    return source;
  }
}

/** Whether this browser lets the page sound before it is touched, as the policy of a wall's PC may. */
async function mayPlay(): Promise<boolean> {
  const url = URL.createObjectURL(new Blob([silence()], { type: "audio/wav" }));
  try {
    await new Audio(url).play(); // an AudioContext would tell by a warning only
    return true;
  } catch {
    return false;
  }
}

/** A WAV file with a tenth of a second of nothing: 8 kHz, 8 bits. */
function silence(): ArrayBuffer {
  const count = 800;
  const bytes = new Uint8Array(44 + count).fill(0x80, 44);
  const view = new DataView(bytes.buffer);
  const word = (at: number, text: string) => bytes.set([...text].map((sign) => sign.charCodeAt(0)), at);
  word(0, "RIFF");
  view.setUint32(4, 36 + count, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 8_000, true);
  view.setUint32(28, 8_000, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  word(36, "data");
  view.setUint32(40, count, true);
  return bytes.buffer;
}

function samples(context: AudioContext, name: SoundName): AudioBuffer {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, Math.round(PERIOD_S[name] * rate), rate);
  const data = buffer.getChannelData(0);
  for (const tone of TONES[name]) {
    const begin = Math.round(tone.at * rate);
    const count = Math.round(tone.for * rate);
    for (let i = 0; i < count; i++) {
      const fade = Math.min(1, i / (FADE_S * rate), (count - i) / (FADE_S * rate));
      const turn = (2 * Math.PI * tone.hz * i) / rate;
      data[begin + i] = fade * (0.7 * Math.sin(turn) + 0.25 * Math.sin(2 * turn)); // an overtone: small speakers
    }
  }
  return buffer;
}
