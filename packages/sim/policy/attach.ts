/** Binding a kernel to the agents that it drives. */
import type { ComputeBuffer } from '@dreampitch/compute';
import { constantsOn, type VectorEnvironment } from '../environment/vector-environment.ts';
import type { AttachedPolicy } from './policy.ts';

export type PolicyKernel = {
  readonly label: string;
  readonly wgsl: string;
  readonly entry: string;
  /** True: it has a binding `observations`. */
  readonly observes: boolean;
  readonly constants?: Readonly<Record<string, number>>;
  /** Further bindings, of L elements of so many bytes each, zeroed. */
  readonly memory?: Readonly<Record<string, number>>;
  /** Further bindings with these contents. */
  readonly uniforms?: Readonly<Record<string, Uint32Array>>;
};

/**
 * Attaches a kernel with one invocation per agent and the bindings `agents` (u32 [L]), `actions` and,
 * where it observes, `observations` of the environment. L agents, each `world * R + agent`.
 */
export async function attachKernel(
  environment: VectorEnvironment,
  agents: Uint32Array,
  kernel: PolicyKernel,
): Promise<AttachedPolicy> {
  const { compute, buffers } = environment;
  const { label, wgsl, entry } = kernel;
  const { WORKGROUP } = constantsOn(compute.target, environment.environment);
  const constants = { ...kernel.constants, WORKGROUP: WORKGROUP! };
  const compiled = await compute.createKernel({ label, wgsl, entry, constants });
  const made: Record<string, ComputeBuffer> = {};
  const create = (name: string, bytes: number) =>
    (made[name] = compute.createBuffer({ label: `${label}: ${name}`, bytes }));
  const disposeAll = () => {
    for (const buffer of Object.values(made)) buffer[Symbol.dispose]();
  };
  try {
    compute.write(create('agents', 4 * agents.length), agents);
    const memory = Object.entries(kernel.memory ?? {}).map(([name, bytes]) => {
      return create(name, bytes * agents.length);
    });
    for (const [name, words] of Object.entries(kernel.uniforms ?? {})) {
      compute.write(create(name, words.byteLength), words);
    }
    const { actions, observations } = buffers;
    const bindings: Record<string, ComputeBuffer> = { actions, ...made };
    if (kernel.observes) bindings['observations'] = observations;
    const dispatch = compiled.prepare({ bindings, invocations: agents.length });
    return { dispatches: [dispatch], memory, [Symbol.dispose]: disposeAll };
  } catch (error) {
    disposeAll();
    throw error;
  }
}
