/** What page and training Worker say to each other. Plain data; bytes are transferred. */
import type { LeagueTable } from '@dreampitch/learning';
import type {
  Recording,
  RunEnvironment,
  RunInputs,
  RunMatch,
  RunPoint,
  RunRecipe,
  RunRow,
} from '../storage/run-rows.ts';

export type BeginOrder = {
  readonly type: 'begin';
  /** Id below 0: it is not in storage. */
  readonly run: { readonly id: number; readonly name: string };
  readonly recipe: RunRecipe;
  /** Null: from the start. */
  readonly checkpoint: Uint8Array<ArrayBuffer> | null;
  readonly inputs: RunInputs;
  /** What the checkpoint goes on learning from; null: none, or it is not known. */
  readonly matches: readonly RunMatch[] | null;
  /** The task of every version of its line: a new one is tried in all of them. */
  readonly tasks: readonly RunEnvironment[];
  /** True: it takes a version of the checkpoint and ends. */
  readonly takesVersion: boolean;
  readonly secondsBefore: number; // of training, as of the checkpoint
  readonly target: 'auto' | 'webgpu' | 'wasm';
  readonly threadCount: number; // on WASM
};

export type Order =
  | BeginOrder
  /** Ends after the iteration under way, with a last checkpoint. */
  | { readonly type: 'pause' }
  /** Asks for an episode of the policy as it is now. */
  | { readonly type: 'record' }
  /** Asks for a version of what it can do now; `tasks` as when it began. */
  | { readonly type: 'take-version' };

export type News =
  | {
      readonly type: 'opened';
      readonly device: string; // in words
      readonly worldCount: number;
    }
  | {
      readonly type: 'points';
      readonly points: readonly RunPoint[];
      readonly stepsPerSecond: number;
      /** Bytes of all buffers together. */
      readonly memoryBytes: number;
      readonly league: LeagueTable | null;
    }
  | {
      readonly type: 'checkpoint';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly policy: Uint8Array<ArrayBuffer>; // for learnedPolicy
      readonly tensors: Uint8Array<ArrayBuffer>; // safetensors
      readonly matches: readonly RunMatch[] | null;
      readonly steps: number;
      readonly seconds: number;
      readonly recording: Recording | null;
      readonly league: LeagueTable | null;
      /** 'more' will follow; the Worker ends after the others. */
      readonly ending: 'more' | 'paused' | 'finished';
    }
  | { readonly type: 'recorded'; readonly recording: Recording }
  /** It is in storage. */
  | { readonly type: 'version'; readonly history: NonNullable<RunRow['history']> }
  | { readonly type: 'no-version'; readonly message: string }
  | {
      readonly type: 'failed';
      /** 'refused': the checkpoint is damaged or of another version. 'lost': the device went away. */
      readonly reason: 'refused' | 'lost' | 'other';
      readonly message: string;
    };
