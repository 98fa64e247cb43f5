/** Instructions of an epilogue, on four elements at once. */
import type { WasmCode } from '@dreampitch/compute';
import type { Expression } from './epilogue.ts';
import type { MapName } from './tensor.ts';

/** Leaves four elements of the total, or of an operand, on the stack. */
export type Sources = { total(): void; operand(index: number): void };

const ONE_BITS = 0x3f800000;
const bits = new DataView(new ArrayBuffer(4));

export function writeExpression(code: WasmCode, expression: Expression, sources: Sources): void {
  switch (expression.kind) {
    case 'total':
      sources.total();
      return;
    case 'operand':
      sources.operand(expression.index);
      return;
    case 'constant':
      splat(code, expression.value);
      return;
    case 'map':
      if (expression.name === 'where') writeWhere(code, expression.inputs, sources);
      else {
        for (const input of expression.inputs) writeExpression(code, input, sources);
        writeMap(code, expression.name);
      }
      return;
    default:
      throw new Error(`unreachable: ${String(expression satisfies never)}`);
  }
}

function splat(code: WasmCode, value: number): void {
  bits.setFloat32(0, value, true);
  const word = bits.getInt32(0, true);
  code.v128([word, word, word, word]);
}

const INSTRUCTIONS: Partial<Record<MapName, number>> = {
  add: 0xe4,
  subtract: 0xe5,
  multiply: 0xe6,
  divide: 0xe7,
  minimum: 0xe8,
  maximum: 0xe9,
  negate: 0xe1,
  abs: 0xe0,
  sqrt: 0xe3,
  less: 0x43,
  equal: 0x41,
};

function writeMap(code: WasmCode, name: MapName): void {
  const instruction = INSTRUCTIONS[name];
  if (instruction === undefined) throw new Error(`No instruction for ${name} in an epilogue.`);
  code.simd(instruction);
  if (name !== 'less' && name !== 'equal') return;
  code.v128([ONE_BITS, ONE_BITS, ONE_BITS, ONE_BITS]);
  code.simd(0x4e); // and: 1 where the comparison holds
}

function writeWhere(code: WasmCode, inputs: readonly Expression[], sources: Sources): void {
  const [condition, one, other] = inputs as [Expression, Expression, Expression];
  writeExpression(code, one, sources);
  writeExpression(code, other, sources);
  writeExpression(code, condition, sources);
  splat(code, 0);
  code.simd(0x42); // not equal
  code.simd(0x52); // bitselect
}
