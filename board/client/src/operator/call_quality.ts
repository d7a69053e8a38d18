// Loss and round trip of a call, as the browser measures them.

export const QUALITY_INTERVAL_MS = 5_000;

/** Loss in percent of the last five seconds, in and out; round trip in milliseconds, null while unknown. */
export interface CallQuality {
  lossIn: number;
  lossOut: number;
  roundTripMs: number | null;
}

interface Counted {
  received: number;
  lost: number;
}

/** Asks a connection again and again. */
export class QualityMeter {
  private before: Counted = { received: 0, lost: 0 };
  private readonly timer: number;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly tell: (quality: CallQuality) => void,
  ) {
    this.timer = window.setInterval(() => void this.measure(), QUALITY_INTERVAL_MS);
  }

  stop(): void {
    window.clearInterval(this.timer);
  }

  private async measure(): Promise<void> {
    const report = await this.connection.getStats();
    let now = this.before;
    let lossOut = 0;
    let roundTripMs: number | null = null;
    report.forEach((one: Record<string, unknown>) => {
      if (one["type"] === "inbound-rtp" && one["kind"] === "audio") {
        now = { received: Number(one["packetsReceived"] ?? 0), lost: Number(one["packetsLost"] ?? 0) };
      } else if (one["type"] === "remote-inbound-rtp" && one["kind"] === "audio") {
        lossOut = 100 * Number(one["fractionLost"] ?? 0);
        if (typeof one["roundTripTime"] === "number") roundTripMs = Math.round(1000 * one["roundTripTime"]);
      } else if (one["type"] === "candidate-pair" && one["nominated"] === true && roundTripMs === null) {
        const trip = one["currentRoundTripTime"];
        if (typeof trip === "number") roundTripMs = Math.round(1000 * trip);
      }
    });
    const lost = Math.max(0, now.lost - this.before.lost);
    const all = lost + Math.max(0, now.received - this.before.received);
    this.before = now;
    this.tell({ lossIn: all ? (100 * lost) / all : 0, lossOut, roundTripMs });
  }
}
