/** Late and lost commands and inexact sensors, between policies and an environment. */
import { randomWgsl } from '@dreampitch/compute';
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import type { Environment } from './environment.ts';
import { invariant } from './invariant.ts';
import { pcgHash } from './seeds.ts';
import { sizeOf } from './spaces.ts';
import disturbWgsl from './disturb.wgsl';

/** As a real robot has them; each is nothing when it is 0 or absent. */
export type Disturbance = {
  /** Half of the spread of uniform noise on every observed number. */
  readonly observationNoise?: number;
  /** Steps by which every action comes late; before the first one arrives, actions are 0. */
  readonly actionDelaySteps?: number;
  /** Chance that a step's action is lost; the one that arrived before it goes on. */
  readonly actionDropChance?: number;
  /** Beside the seeds of the worlds: the same seeds are disturbed in the same way. */
  readonly seed?: number;
};

const DELAY_STEPS_MAX = 64;

export type Disturbed = Disposable & {
  /** What policies write, in place of `actions`. */
  readonly commands: ComputeBuffer;
  readonly deliver: Dispatch; // before a step
  readonly blur: Dispatch | null; // after observations; null where they are exact
  /** Nothing is under way, and random numbers begin anew from the worlds' seeds, [N]. */
  reset(seeds: Uint32Array): void;
};

/** Buffers and kernels for all agents of an environment. `paddedCount` worlds. */
export async function disturb(
  compute: Compute,
  environment: Environment,
  parts: {
    disturbance: Disturbance;
    buffers: Readonly<Record<'actions' | 'observations' | 'ends', ComputeBuffer>>;
    paddedCount: number;
    workgroup: number;
  },
): Promise<Disturbed> {
  const { disturbance, buffers, paddedCount, workgroup } = parts;
  const { observationNoise = 0, actionDelaySteps = 0 } = disturbance;
  check(environment, disturbance);
  const agents = paddedCount * environment.agentCount;
  const actionSize = sizeOf(environment.actionSpace);
  const made: ComputeBuffer[] = [];
  const create = (name: string, words: number) => {
    const buffer = compute.createBuffer({ label: `${environment.id} ${name}`, bytes: 4 * words });
    made.push(buffer);
    return buffer;
  };
  const dispose = () => {
    for (const buffer of made) buffer[Symbol.dispose]();
  };
  try {
    const commands = create('commands', agents * actionSize);
    const rates = create('rates', 4);
    compute.write(rates, ratesOf(disturbance));
    const bindings = {
      commands,
      rates,
      actions: buffers.actions,
      observations: buffers.observations,
      ends: buffers.ends,
      underway: create('actions under way', agents * actionSize * (actionDelaySteps + 1)),
      draws: create('draws of disturbances', agents),
    };
    const constants = {
      WORKGROUP: workgroup,
      FEATURES: sizeOf(environment.observationSpace),
      ACTIONS: actionSize,
      AGENTS: environment.agentCount,
      DELAY: actionDelaySteps,
    };
    const prepare = async (entry: string) => {
      const label = `${environment.id} ${entry}`;
      const wgsl = disturbWgsl + randomWgsl;
      const kernel = await compute.createKernel({ label, wgsl, entry, constants });
      return kernel.prepare({ bindings, invocations: agents });
    };
    const deliver = await prepare('deliver');
    // Whole numbers must not pass through floats, not even to have 0 added.
    const blur = observationNoise > 0 ? await prepare('blur') : null;
    const reset = (seeds: Uint32Array) => {
      for (const buffer of [commands, buffers.actions, bindings.underway]) {
        compute.write(buffer, new Uint8Array(buffer.bytes));
      }
      compute.write(bindings.draws, streams(seeds, { agents, agentCount: environment.agentCount }));
    };
    return { commands, deliver, blur, reset, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** The kernel's struct Rates. */
function ratesOf(disturbance: Disturbance): DataView<ArrayBuffer> {
  const { observationNoise = 0, actionDropChance = 0, seed = 0 } = disturbance;
  const view = new DataView(new ArrayBuffer(16));
  view.setFloat32(0, observationNoise, true);
  view.setFloat32(4, actionDropChance, true);
  view.setUint32(8, seed, true);
  return view;
}

/** Where each agent's random numbers begin, u32 [N * R], from the seeds of the worlds. */
function streams(
  seeds: Uint32Array,
  { agents, agentCount }: { agents: number; agentCount: number },
): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: agents }, (_, agent) => {
    const world = Math.floor(agent / agentCount);
    return pcgHash(pcgHash(seeds[world % seeds.length]!) + (agent % agentCount));
  });
}

/** Throws where a disturbance cannot be. */
function check(environment: Environment, disturbance: Disturbance): void {
  const { observationNoise = 0, actionDelaySteps = 0, actionDropChance = 0 } = disturbance;
  invariant(
    Number.isInteger(actionDelaySteps) &&
      actionDelaySteps >= 0 &&
      actionDelaySteps <= DELAY_STEPS_MAX,
    `actionDelaySteps ${actionDelaySteps}: want 0 .. ${DELAY_STEPS_MAX}.`,
  );
  invariant(
    actionDropChance >= 0 && actionDropChance <= 1,
    `actionDropChance ${actionDropChance}: want 0 .. 1.`,
  );
  invariant(
    environment.observationSpace.kind === 'box' || observationNoise === 0,
    `${environment.id} observes whole numbers: observationNoise must be 0.`,
  );
}
