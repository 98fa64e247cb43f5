/** network.wgsl on the side of TypeScript: kernels and buffers for agents driven by networks. */
import { mathWgsl } from '@dreampitch/compute';
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import type { VectorEnvironment } from '@dreampitch/sim';
import type { NetworkShape } from '../player/player.ts';
import { generalNetwork, hasTwoWheels } from './general.ts';
import networkWgsl from './network.wgsl';

/** Consecutive agents that share a network: the lanes of one WASM vector. */
export const LANES = 4;

export type NetworkDispatchOptions = {
  readonly environment: VectorEnvironment;
  readonly shape: NetworkShape;
  /** f32 [networks, P]. */
  readonly networks: ComputeBuffer;
  /** Agents as `world * R + agent`; every four consecutive ones share a network. */
  readonly agents: Uint32Array;
};

/** Agents driven by networks. `networkOf` u32 [L / 4] may be written at any time. */
export type NetworkDispatch = Disposable & {
  readonly dispatch: Dispatch;
  readonly networkOf: ComputeBuffer;
};

/** Throws where the network does not fit the environment's spaces. */
export async function prepareNetworks(o: NetworkDispatchOptions): Promise<NetworkDispatch> {
  const { environment, shape } = o;
  const { compute, buffers } = environment;
  checkSpaces(environment, shape);
  const workgroup = workgroupSizeOn(compute);
  const general =
    shape.outputs === undefined ? null : generalNetwork(environment.environment, shape);
  const kernel = await compute.createKernel({
    label: 'networks',
    wgsl: general?.wgsl ?? networkWgsl + mathWgsl,
    entry: 'act',
    constants: {
      ...general?.constants,
      WORKGROUP: workgroup,
      INPUTS: shape.inputs,
      HIDDEN: shape.hidden,
    },
  });
  const padded = wholeGroups(o.agents, workgroup);
  const bytes = padded.byteLength;
  const agents = compute.createBuffer({ label: 'networks: agents', bytes });
  const networkOf = compute.createBuffer({ label: 'networks: networkOf', bytes: bytes / LANES });
  compute.write(agents, padded);
  const made: Record<string, ComputeBuffer> = { agents, networkOf };
  for (const name of general ? (['scales', 'ranges'] as const) : []) {
    const values = general![name];
    made[name] = compute.createBuffer({ label: `networks: ${name}`, bytes: values.byteLength });
    compute.write(made[name], values);
  }
  const { observations, actions } = buffers;
  const dispatch = kernel.prepare({
    bindings: { observations, actions, networks: o.networks, ...made },
    invocations: padded.length,
  });
  return {
    dispatch,
    networkOf,
    [Symbol.dispose]() {
      for (const buffer of Object.values(made)) buffer[Symbol.dispose]();
    },
  };
}

/** A workgroup fills a GPU's wave; on WASM the smallest one leaves the fewest idle lanes. */
export function workgroupSizeOn(compute: Compute): number {
  return compute.target === 'wasm' ? LANES : 64;
}

/** The last agent repeats until the workgroup is whole: it then writes the same action twice. */
function wholeGroups(agents: Uint32Array, workgroup: number): Uint32Array<ArrayBuffer> {
  const padded = new Uint32Array(Math.ceil(agents.length / workgroup) * workgroup);
  padded.set(agents);
  return padded.fill(agents.at(-1)!, agents.length);
}

function checkSpaces(environment: VectorEnvironment, shape: NetworkShape): void {
  const { environment: description, observationSize } = environment;
  const { observationSpace, id } = description;
  if (shape.outputs === undefined && !hasTwoWheels(description)) {
    throw new Error(`This network drives two int8 wheels; the actions of '${id}' are others.`);
  }
  const seen = observationSpace.kind === 'discrete' ? observationSpace.count : observationSize;
  if (shape.inputs !== seen) {
    throw new Error(
      `This network takes ${shape.inputs} inputs; observations of '${id}' have ${seen}.`,
    );
  }
}
