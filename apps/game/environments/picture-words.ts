/** Why a text's picture is not shown. Pure. */
import { PICTURES } from '../train/drawing/drawings.ts';
import type { Shown } from './protocol.ts';

/** Why a text's picture is not shown, in words; null: it is, or none is asked for. */
export function pictureWords({ picture, names }: Pick<Shown, 'picture' | 'names'>): string | null {
  if (picture === null) return null;
  const known = PICTURES[picture];
  if (!known) {
    return `There is no picture '${picture}'; there are ${Object.keys(PICTURES).join(', ')}.`;
  }
  const lacking = known.needs.filter((name) => !names.includes(name));
  if (lacking.length === 0) return null;
  return `The picture '${picture}' is drawn from ${known.needs.join(', ')}; State lacks ${lacking.join(', ')}.`;
}
