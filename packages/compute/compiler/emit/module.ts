/** Functions to a module: imports one memory, exports every entry point. */
import { demandOf } from '../analyse/demand.ts';
import { analyse } from '../analyse/uniformity.ts';
import type { Kernel } from '../ir/ir.ts';
import { Code, name, section } from './code.ts';
import { Control } from './control.ts';
import { type EmitOptions, Emitter } from './emitter.ts';
import { splatLoad } from './memory.ts';
import { OP } from './opcodes.ts';
import { laneOperation, scalarOperation } from './scalar.ts';
import { vectorOperation } from './vector.ts';

const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32 = 0x7f;
const MEMORY_PAGES_MAX = 65536;
/** V8's kV8MaxWasmFunctionSize, as all engines have it (WebAssembly JavaScript API, limits). */
const FUNCTION_BYTES_MAX = 7_654_321;

export type ModuleOptions = EmitOptions & { readonly sharedMemory: boolean };

export function emitModule(
  kernels: readonly Kernel[],
  options: ModuleOptions,
  tooLarge: (name: string, bytesMax: number) => Error,
): Uint8Array<ArrayBuffer> {
  const bodies = kernels.map((kernel) => {
    const body = emitFunction(kernel, options);
    if (body.length > FUNCTION_BYTES_MAX) throw tooLarge(kernel.name, FUNCTION_BYTES_MAX);
    return body;
  });
  const hasBudget = options.loopBudget !== undefined;
  const header = [
    ...MAGIC,
    ...section(1, (code) => code.op(1, 0x60, 3, I32, I32, I32, 0)),
    ...section(2, (code) => {
      code.op(1);
      name(code, 'env');
      name(code, 'memory');
      code.op(2, options.sharedMemory ? 3 : 1);
      code.memory(1, MEMORY_PAGES_MAX);
    }),
    ...section(3, (code) => {
      code.unsigned(kernels.length);
      code.op(...kernels.map(() => 0));
    }),
    ...(hasBudget ? section(6, (code) => code.op(1, I32, 1, 0x41, 0, OP.end)) : []),
    ...section(7, (code) => {
      code.unsigned(kernels.length + (hasBudget ? 1 : 0));
      kernels.forEach((kernel, i) => {
        name(code, kernel.name);
        code.op(0);
        code.unsigned(i);
      });
      if (!hasBudget) return;
      name(code, 'loopLine');
      code.op(3, 0);
    }),
    ...codeHeader(bodies),
  ];
  return concatenate(header, bodies);
}

/** The code section up to the first body. */
function codeHeader(bodies: readonly (readonly number[])[]): number[] {
  const count = new Code();
  count.unsigned(bodies.length);
  const sizes = bodies.map((body) => sizeOf(body).length + body.length);
  const code = new Code();
  code.op(10);
  code.unsigned(sizes.reduce((sum, size) => sum + size, count.bytes.length));
  return code.bytes.concat(count.bytes);
}

function sizeOf(body: readonly number[]): number[] {
  const code = new Code();
  code.unsigned(body.length);
  return code.bytes;
}

function concatenate(
  header: readonly number[],
  bodies: readonly (readonly number[])[],
): Uint8Array<ArrayBuffer> {
  const pieces = [header, ...bodies.flatMap((body) => [sizeOf(body), body])];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function emitFunction(kernel: Kernel, options: EmitOptions): number[] {
  const facts = analyse(kernel);
  const demand = demandOf(kernel, facts);
  const e = new Emitter(facts, demand, {
    body: kernel.body,
    operations: {
      scalar: scalarOperation,
      vector: vectorOperation,
      lane: laneOperation,
      splatLoad,
    },
    options,
  });
  new Control(e).body(kernel.body);
  const prologue = e.prologue();
  const code = new Code();
  e.locals.declare(code);
  return code.bytes.concat(prologue.bytes, e.code.bytes, [OP.end]);
}
