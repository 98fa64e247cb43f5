/** Functions of math.wgsl and builtins.wgsl, checked once, for built-ins that are written in WGSL. */
import mathWgsl from '../../math.wgsl';
import { checkModule } from '../check/check-module.ts';
import type { TypedFunction, TypedStatement } from '../check/typed.ts';
import builtinsWgsl from './builtins.wgsl';

/** Ids of their names lie far above those of any text that they are inlined into. */
const FIRST_ID = 2 ** 30;

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
  _ = arcTangent(0.0);
  _ = arcSine(0.0);
  _ = arcCosine(0.0);
  _ = hyperbolicSine(0.0);
  _ = hyperbolicCosine(0.0);
  _ = areaSine(0.0);
  _ = areaCosine(0.0);
  _ = areaTangent(0.0);
  _ = loadExponent(0.0, 0);
  _ = fractionOf(0.0);
  _ = exponentOf(0.0);
  _ = halfBits(0.0);
  _ = halfValue(0u);
  _ = throughHalf(0.0);
}
`;

let functions: Map<string, TypedFunction> | undefined;

export function preludeFunction(name: string): TypedFunction {
  if (!functions) {
    functions = new Map();
    const [entry] = checkModule(mathWgsl + builtinsWgsl + ENTRY, {}, FIRST_ID).entries;
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
