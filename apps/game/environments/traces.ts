/** What an agent sees, over time: for environments that have no picture. */
import type { Sheet } from '../train/drawing/sheet.ts';
import type { Frame, Seen } from './protocol.ts';

const MOMENTS_MAX = 240;
const LANES_MAX = 8;

export class Traces {
  /** Oldest first. */
  readonly moments: (readonly number[])[] = [];
  farthest: readonly number[] = [];
  #steps = -1;

  add({ observation, farthest, steps }: Frame): void {
    if (steps === this.#steps) return;
    this.#steps = steps;
    this.farthest = farthest;
    this.moments.push(observation);
    if (this.moments.length > MOMENTS_MAX) this.moments.shift();
  }
}

/** A lane for each number, the first ones. */
export function drawTraces(sheet: Sheet, traces: Traces, seen: readonly Seen[]): void {
  const { context, colours, width, height } = sheet;
  sheet.begin({ left: 0, right: 1, bottom: 0, top: 1 });
  const lanes = Math.min(seen.length, LANES_MAX);
  const laneHeight = height / Math.max(lanes, 1);
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'top';
  context.textAlign = 'left';
  for (let i = 0; i < lanes; i++) {
    const middle = (i + 0.5) * laneHeight;
    const { name, low, high } = seen[i]!;
    const far = traces.farthest[i] || 1;
    const [from, to] = low === null || high === null ? [-far, far] : [low, high];
    context.fillStyle = colours.line;
    context.fillRect(0, (i + 1) * laneHeight - 1, width, 1);
    context.beginPath();
    traces.moments.forEach((moment, t) => {
      const share = ((moment[i] ?? 0) - from) / Math.max(to - from, 1e-9) - 0.5;
      const x = width * ((MOMENTS_MAX - traces.moments.length + t) / (MOMENTS_MAX - 1));
      context.lineTo(x, middle - Math.max(-0.5, Math.min(0.5, share)) * (laneHeight - 8));
    });
    context.strokeStyle = colours.green;
    context.lineWidth = 2;
    context.stroke();
    context.fillStyle = colours.soft;
    context.fillText(name, 8, i * laneHeight + 5);
  }
}
