/** What the page and the Workers of an edited environment say to each other. Plain data. */
import type { FileProblem } from '@dreampitch/sim';

export type Driver = 'random' | 'you' | 'learned';

export type Order =
  | { readonly type: 'check'; readonly ticket: number; readonly text: string }
  | {
      readonly type: 'watch';
      readonly text: string;
      /** What was learned, for `learnedPolicy`; null: nothing yet. */
      readonly policy: Uint8Array<ArrayBuffer> | null;
      readonly driver: Driver;
      readonly action: readonly number[];
    }
  | { readonly type: 'drive'; readonly driver: Driver; readonly action: readonly number[] };

/** What an agent does: one of so many choices, or numbers. */
export type ActionForm =
  | { readonly kind: 'choice'; readonly count: number; readonly start: number }
  | {
      readonly kind: 'numbers';
      readonly numbers: readonly {
        readonly name: string;
        readonly low: number;
        readonly high: number;
      }[];
      readonly whole: boolean;
    };

/** What an agent sees, one row per number; bounds are null where there are none. */
export type Seen = {
  readonly name: string;
  readonly low: number | null;
  readonly high: number | null;
};

/** What runs, as the page has to know it. */
export type Shown = {
  readonly name: string;
  readonly picture: string | null;
  /** Names of the numbers of its state. */
  readonly names: readonly string[];
  readonly seen: readonly Seen[];
  readonly agentCount: number;
};

export type Frame = {
  readonly state: readonly number[];
  readonly observation: readonly number[]; // of the first agent
  /** How far from zero each number has been. */
  readonly farthest: readonly number[];
  readonly action: readonly number[]; // of all agents
  readonly reward: number; // of the first agent, as all that follows
  readonly steps: number; // of this episode
  readonly episodeReturn: number; // so far
  readonly episodes: number; // that ended
  readonly meanReturn: number | null; // of those
};

export type News =
  | {
      readonly type: 'checked';
      readonly ticket: number;
      readonly problems: readonly FileProblem[];
      /** Sentences of checkEnvironment. */
      readonly findings: readonly string[];
    }
  | {
      readonly type: 'watching';
      readonly form: ActionForm;
      readonly shown: Shown;
      /** Why what was learned cannot drive it; null: it can, or there is nothing. */
      readonly refusal: string | null;
    }
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'failed'; readonly problem: FileProblem };
