/** Twelve peers with one document: convergence under faults, what an update costs, a late joiner. */
import { documentFigures } from '../simulation/document.ts';
import type { Figure } from './figure.ts';

export async function bench(): Promise<Figure[]> {
  return documentFigures();
}
