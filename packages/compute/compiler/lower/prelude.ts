/** The functions of math.wgsl, checked once, for built-ins that the specification leaves inexact. */
import mathWgsl from '../../math.wgsl';
import { checkModule } from '../check/check-module.ts';
import type { TypedFunction, TypedStatement } from '../check/typed.ts';

/** One call of each; only their functions are taken. */
const ENTRY = `
@compute @workgroup_size(1) fn prelude() {
  _ = approxSin(0.0);
  _ = approxCos(0.0);
  _ = approxExp(0.0);
  _ = approxLog(0.0);
  _ = approxTanh(0.0);
  _ = approxPow(0.0, 0.0);
  _ = approxAtan2(0.0, 0.0);
}
`;

let functions: Map<string, TypedFunction> | undefined;

export function preludeFunction(name: string): TypedFunction {
  if (!functions) {
    functions = new Map();
    const [entry] = checkModule(mathWgsl + ENTRY).entries;
    for (const statement of entry!.function.body) {
      const called = calledBy(statement);
      if (called) functions.set(called.name, called);
    }
  }
  return functions.get(name)!;
}

function calledBy(s: TypedStatement): TypedFunction | undefined {
  return s.kind === 'assign' && s.value.kind === 'call' ? s.value.function : undefined;
}
