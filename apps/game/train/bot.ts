/** Who plays for the other team where nobody else is chosen. */
import type { Environment, Policy } from '@dreampitch/sim';
import { idlePolicy, scriptedPolicy } from '@dreampitch/sim';

/** The hard bot plays soccer only; in an environment of one's own the others stand still. */
export function botFor({ id }: Pick<Environment, 'id'>): Policy {
  return id.startsWith('soccer-') ? scriptedPolicy : idlePolicy;
}
