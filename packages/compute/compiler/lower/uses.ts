/** What parts of the typed tree hold: which names they use, whether they wait at barriers. */
import { childrenOf, expressionsOf, statementsOf } from '../check/children.ts';
import type { Typed, TypedFunction, TypedStatement } from '../check/typed.ts';

const BARRIERS = new Set(['workgroupBarrier', 'storageBarrier', 'workgroupUniformLoad']);

const waits = new WeakMap<TypedFunction | TypedStatement, boolean>();

/** Whether a barrier is met on any way through the function, its calls included. */
export function mayWait(f: TypedFunction): boolean {
  return remembered(waits, f, () => f.body.some(hasBarrier));
}

/** Whether a barrier is met on any way through the statement. */
export function hasBarrier(s: TypedStatement): boolean {
  return remembered(
    waits,
    s,
    () => expressionsOf(s).some(waitsIn) || statementsOf(s).some(hasBarrier),
  );
}

export function waitsIn(e: Typed): boolean {
  if (e.kind === 'builtin' && BARRIERS.has(e.name)) return true;
  return (e.kind === 'call' && mayWait(e.function)) || childrenOf(e).some(waitsIn);
}

const loops = new WeakMap<TypedFunction, boolean>();

/** Whether the function loops, itself or in what it calls. */
export function hasLoop(f: TypedFunction): boolean {
  return remembered(loops, f, () => f.body.some(loopsIn));
}

function loopsIn(s: TypedStatement): boolean {
  return s.kind === 'loop' || expressionsOf(s).some(callsLoop) || statementsOf(s).some(loopsIn);
}

function callsLoop(e: Typed): boolean {
  return (e.kind === 'call' && hasLoop(e.function)) || childrenOf(e).some(callsLoop);
}

function remembered<K extends object, V>(known: WeakMap<K, V>, key: K, find: () => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = find();
    known.set(key, value);
  }
  return value;
}

type Node = Typed | TypedStatement;

const uses = new WeakMap<Node, ReadonlySet<number>>();

/** The ids of the variables and lets that are used inside, but for those of functions it calls. */
export function usedIn(node: Node): ReadonlySet<number> {
  return remembered(uses, node, () => {
    const found = new Set<number>();
    if (node.kind === 'variable') found.add(node.variable.id);
    else if (node.kind === 'let' && !('init' in node)) found.add(node.let.id);
    for (const part of partsOf(node)) {
      for (const id of usedIn(part)) found.add(id);
    }
    return found;
  });
}

/** Whether the variable is written, or its address taken, anywhere inside. */
export function isTouched(node: Node, id: number): boolean {
  if (!usedIn(node).has(id)) return false;
  if (node.kind === 'assign' && node.target && usedIn(node.target).has(id)) return true;
  if (node.kind === 'address') return true;
  return partsOf(node).some((part) => isTouched(part, id));
}

/** Expressions and statements directly inside. */
function partsOf(node: Node): readonly Node[] {
  if (isExpression(node)) return childrenOf(node);
  return [...expressionsOf(node), ...statementsOf(node)];
}

/** Both have kinds `let` and `call`; only expressions have a type. */
function isExpression(node: Node): node is Typed {
  return 'type' in node;
}
