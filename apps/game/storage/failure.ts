/** What storage can fail with, in words that say what was kept and what to do. */

export type StorageFailure = 'full' | 'unavailable' | 'other';

const CLOSED = new Set([
  'MissingAPIError',
  'OpenFailedError',
  'InvalidStateError',
  'SecurityError',
]);

function namesOf(error: unknown): string[] {
  const names: string[] = [];
  // Dexie wraps: an AbortError around the QuotaExceededError that caused it.
  for (let at = error as { name?: string; inner?: unknown } | null, n = 0; at && n < 5; n++) {
    if (at.name) names.push(at.name);
    at = (at.inner ?? null) as typeof at;
  }
  return names;
}

export function failureOf(error: unknown): StorageFailure {
  const names = namesOf(error);
  if (names.includes('QuotaExceededError')) return 'full';
  if (names.some((name) => CLOSED.has(name))) return 'unavailable';
  return 'other';
}

export function storageWords(error: unknown, what: string): string {
  switch (failureOf(error)) {
    case 'full':
      return (
        `The disk is full: ${what} could not be kept. Everything kept before is safe. ` +
        'Free some space on this device, or delete matches on the Data page.'
      );
    case 'unavailable':
      return (
        `This browser gives the page no storage (a private window?): ${what} cannot be kept. ` +
        'You can play and train all the same; open the page in a normal window to keep things.'
      );
    case 'other': {
      const reason = error instanceof Error ? error.message : String(error);
      return `${what[0]!.toUpperCase()}${what.slice(1)} could not be kept: ${reason}. Everything kept before is safe.`;
    }
    default:
      throw new Error('unreachable');
  }
}
