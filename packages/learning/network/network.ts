/** network.wgsl on the side of TypeScript: kernels and buffers for agents driven by networks. */
import { mathWgsl } from '@dreampitch/compute';
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import type { VectorEnvironment } from '@dreampitch/sim';
import type { NetworkShape } from '../player/player.ts';
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

/** Throws where the environment's actions are not two wheel speeds. */
export async function prepareNetworks(o: NetworkDispatchOptions): Promise<NetworkDispatch> {
  const { environment, shape } = o;
  const { compute, buffers } = environment;
  checkSpaces(environment, shape);
  const workgroup = workgroupSizeOn(compute);
  const kernel = await compute.createKernel({
    label: 'networks',
    wgsl: networkWgsl + mathWgsl,
    entry: 'act',
    constants: { WORKGROUP: workgroup, INPUTS: shape.inputs, HIDDEN: shape.hidden },
  });
  const padded = wholeGroups(o.agents, workgroup);
  const bytes = padded.byteLength;
  const agents = compute.createBuffer({ label: 'networks: agents', bytes });
  const networkOf = compute.createBuffer({ label: 'networks: networkOf', bytes: bytes / LANES });
  compute.write(agents, padded);
  const { observations, actions } = buffers;
  const dispatch = kernel.prepare({
    bindings: { observations, actions, agents, networkOf, networks: o.networks },
    invocations: padded.length,
  });
  return {
    dispatch,
    networkOf,
    [Symbol.dispose]() {
      agents[Symbol.dispose]();
      networkOf[Symbol.dispose]();
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
  const { environment: description, observationSize, actionSize } = environment;
  const { actionSpace, id } = description;
  if (actionSpace.kind !== 'box' || actionSpace.type !== 'int8' || actionSize !== 2) {
    throw new Error(`Networks drive two int8 wheels; the actions of '${id}' are others.`);
  }
  if (shape.inputs !== observationSize) {
    throw new Error(
      `This network takes ${shape.inputs} inputs; observations of '${id}' have ${observationSize}.`,
    );
  }
}
