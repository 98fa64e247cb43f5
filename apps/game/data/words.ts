/** Matches, sizes and lengths in words. Pure. */
import { BOTS } from '../match/setup.ts';

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** '0:42', '3:00', '1 h 05 min'. */
export function lengthText(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${String(whole % 60).padStart(2, '0')}`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

function driverName(controller: string | undefined): string {
  if (controller === 'human') return 'You';
  const bot = Object.values(BOTS).find(({ policy }) => policy === controller);
  return bot?.name ?? controller ?? '?';
}

/** Both teams by who drove their first robot; two people are you and a friend. */
export function teamsOf(controllers: readonly string[]): [blue: string, orange: string] {
  const blue = driverName(controllers[0]);
  const orange = driverName(controllers[Math.floor(controllers.length / 2)]);
  return [blue, orange === 'You' ? 'Friend' : orange];
}

/** 'soccer-2v2' is '2v2'. */
export function sizeText(environment: string): string {
  return environment.replace(/^soccer-/, '');
}

const two = (n: number) => String(n).padStart(2, '0');

/** A file name that sorts by time: 'dreampitch-2026-11-21-1432-3-1'. */
export function episodeFileName(entry: {
  id: number;
  startedAt: number;
  score: readonly [number, number];
}): string {
  const date = new Date(entry.startedAt);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}${two(date.getMinutes())}`;
  return `dreampitch-${day}-${time}-${entry.score.join('-')}-${entry.id}.episode`;
}

export function refusalText(
  reason: 'no-episode' | 'newer-format' | 'older-format' | 'truncated' | 'corrupt',
): string {
  switch (reason) {
    case 'no-episode':
      return 'Damaged: its recording is missing or is no recording.';
    case 'newer-format':
      return 'Written by a newer Dreampitch; reload the page to get that one.';
    case 'older-format':
      return 'Whole, but written by an older Dreampitch in a way that this one does not read.';
    case 'truncated':
      return 'Damaged: its recording ends too early.';
    case 'corrupt':
      return 'Damaged: its recording was altered since it was written.';
    default:
      throw new Error(`unreachable: ${String(reason satisfies never)}`);
  }
}
