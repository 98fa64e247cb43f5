/** A player: a trained network with what it was trained for and how. Plain data. */

export type NetworkShape = {
  readonly inputs: number; // D, numbers of one observation
  readonly hidden: number; // H, tanh units, a multiple of 4
  /** K, of an environment of one's own; without it the network drives two wheels. */
  readonly outputs?: number;
};

/** Numbers of one network: hidden biases [H], weights [D, H], output biases [K], weights [H, K]. */
export function parameterCount(shape: NetworkShape): number {
  return (shape.inputs + 1) * shape.hidden + (shape.outputs ?? 2) * (shape.hidden + 1);
}

export type TrainingRecord = {
  readonly algorithm: 'evolution-strategy';
  readonly seed: number; // u32
  readonly generations: number;
  /** Ticks of all worlds together. */
  readonly steps: number;
  /** Games won against the scripted bot while training, draws counting half; null: none played. */
  readonly winRate: number | null;
  /** The name of the player that training started from; null: from nothing. */
  readonly startedFrom: string | null;
};

export type Player = {
  readonly name: string;
  readonly environment: string; // 'soccer-1v1'
  readonly version: string; // versionOf(environment) at training
  /** Ticks between decisions. */
  readonly ticksPerAction: number;
  readonly network: NetworkShape;
  readonly weights: Float32Array<ArrayBuffer>; // [P], order as parameterCount
  readonly training: TrainingRecord;
};
