/** What the bench asks of a library: one of the steps with given weights, run and waited for. */
import type { Shape } from '@dreampitch/learning';

export type StepName = 'mlp' | 'transformer' | 'vae';

export type NamedValues = Record<
  string,
  { readonly shape: Shape; readonly data: Float32Array | Uint32Array }
>;

export type StepValues = { readonly weights: NamedValues; readonly inputs: NamedValues };

export type PeerStep = {
  run(times: number): void;
  finished(): Promise<unknown>;
  /** That of the last step, before its update. */
  loss(): Promise<number>;
};
