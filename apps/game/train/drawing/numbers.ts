/** An environment that nobody draws, as bars of what its agent sees. */
import type { Film } from '../recording.ts';
import type { Sheet } from './sheet.ts';

const ROW_PIXELS = 22;

export function drawNumbers(sheet: Sheet, o: { film: Film; observation: Float32Array }): void {
  const { film, observation } = o;
  const { context, colours, width, height } = sheet;
  sheet.begin({ left: 0, right: 1, bottom: 0, top: 1 });
  const farthest = farthestOf(film);
  const rows = Math.min(observation.length, Math.floor((height - 16) / ROW_PIXELS));
  const [from, to] = [Math.min(140, width * 0.35), width - 20];
  const middle = (from + to) / 2;
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (let i = 0; i < rows; i++) {
    const y = 8 + (i + 0.5) * ROW_PIXELS;
    const share = observation[i]! / (farthest[i]! || 1);
    context.fillStyle = colours.text;
    context.fillText(film.seen[i] ?? `number ${i + 1}`, 12, y, from - 24);
    context.fillStyle = colours.line;
    context.fillRect(from, y - 3, to - from, 6);
    context.fillStyle = colours.green;
    const length = (share * (to - from)) / 2;
    context.fillRect(Math.min(middle, middle + length), y - 3, Math.max(2, Math.abs(length)), 6);
  }
}

const known = new WeakMap<Film, number[]>();

/** How far from zero each number is in the film. */
function farthestOf(film: Film): number[] {
  const found = known.get(film);
  if (found) return found;
  const D = film.observations.length / (film.rewards.length + 1);
  const farthest = Array.from({ length: D }, () => 0);
  for (const [at, value] of film.observations.entries()) {
    farthest[at % D] = Math.max(farthest[at % D]!, Math.abs(value));
  }
  known.set(film, farthest);
  return farthest;
}
