import type { Type } from '../types.ts';

/** The type of a call that returns nothing: a struct without members, equal to no other. */
export const NOTHING: Type = { kind: 'struct', name: '(nothing)', fields: [], bytes: 0, align: 1 };
