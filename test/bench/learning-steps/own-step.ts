/** A step as a program of our own. */
import type { Compute } from '@dreampitch/compute';
import { Program } from '@dreampitch/learning';
import type { PeerStep } from '../peers/peer-step.ts';
import { type Step, valuesOf } from './steps.ts';

export type OwnStep = PeerStep & Disposable & { readonly firstSeconds: number };

/** Compiled, with its values, and run once. */
export async function ownStep(compute: Compute, step: Step): Promise<OwnStep> {
  const start = performance.now();
  const { loss, updates } = step;
  const program = await Program.create(compute, { outputs: { loss }, updates });
  const { weights, inputs } = valuesOf(step);
  for (const [name, { data }] of Object.entries({ ...weights, ...inputs })) {
    program.write(name, data);
  }
  program.run();
  await compute.finished();
  return {
    firstSeconds: (performance.now() - start) / 1000,
    run: (times) => program.run(times),
    finished: () => compute.finished(),
    loss: async () => (await program.read('loss'))[0]!,
    [Symbol.dispose]: () => program[Symbol.dispose](),
  };
}
