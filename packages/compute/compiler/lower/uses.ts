/** What parts of the typed tree hold: which names they use, whether they wait at barriers. */
import type { Typed, TypedFunction, TypedStatement } from '../check/typed.ts';

const BARRIERS = new Set(['workgroupBarrier', 'storageBarrier', 'workgroupUniformLoad']);

const waits = new WeakMap<object, boolean>();

/** Whether a barrier is met on any way through the statement, expression or function. */
export function hasBarrier(node: Typed | TypedStatement | TypedFunction): boolean {
  const known = waits.get(node);
  if (known !== undefined) return known;
  let found = 'kind' in node && node.kind === 'builtin' && BARRIERS.has(node.name);
  found ||= partsOf(node).some((part) => hasBarrier(part as Typed));
  if ('kind' in node && node.kind === 'call' && 'function' in node) {
    found ||= hasBarrier(node.function);
  }
  waits.set(node, found);
  return found;
}

const uses = new WeakMap<object, ReadonlySet<number>>();

/** The ids of the variables and lets that are used inside, but for those of functions it calls. */
export function usedIn(node: Typed | TypedStatement): ReadonlySet<number> {
  const known = uses.get(node);
  if (known) return known;
  const found = new Set<number>();
  if (node.kind === 'variable') found.add(node.variable.id);
  else if (node.kind === 'let' && !('init' in node)) found.add(node.let.id);
  for (const part of partsOf(node)) {
    for (const id of usedIn(part as Typed)) found.add(id);
  }
  uses.set(node, found);
  return found;
}

/** Whether the variable is written, or its address taken, anywhere inside. */
export function isTouched(node: Typed | TypedStatement, id: number): boolean {
  if (!usedIn(node).has(id)) return false;
  if (node.kind === 'assign' && node.target && usedIn(node.target).has(id)) return true;
  if (node.kind === 'address') return true;
  return partsOf(node).some((part) => isTouched(part as Typed, id));
}

const SKIPPED = new Set(['function', 'type', 'variable', 'let', 'values']);

/** Expressions and statements directly inside. */
function partsOf(node: object): readonly object[] {
  if ('kind' in node && node.kind === 'constant') return [];
  const parts: object[] = [];
  for (const [key, value] of Object.entries(node) as [string, unknown][]) {
    if (SKIPPED.has(key) || typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) parts.push(...(value as object[]).filter(isNode));
    else parts.push(value);
  }
  return parts;
}

function isNode(part: unknown): boolean {
  return typeof part === 'object' && part !== null;
}
