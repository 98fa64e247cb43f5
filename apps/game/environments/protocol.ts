/** What the page and the Workers of an edited environment say to each other. Plain data. */
import type { GenerationReport } from '@dreampitch/learning';
import type { FileProblem } from '@dreampitch/sim';

export type Driver = 'random' | 'you' | 'player';

export type Order =
  | { readonly type: 'check'; readonly ticket: number; readonly text: string }
  | {
      readonly type: 'watch';
      readonly text: string;
      /** What was trained, for the driver `player`; null: nothing yet. */
      readonly player: Uint8Array<ArrayBuffer> | null;
      readonly driver: Driver;
      readonly action: readonly number[];
    }
  | { readonly type: 'drive'; readonly driver: Driver; readonly action: readonly number[] }
  | { readonly type: 'train'; readonly text: string; readonly seed: number }
  | { readonly type: 'stop' };

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

export type Frame = {
  readonly observation: readonly number[];
  /** How far from zero each number has been. */
  readonly farthest: readonly number[];
  readonly action: readonly number[];
  readonly reward: number;
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
  | { readonly type: 'watching'; readonly action: ActionForm; readonly seen: readonly Seen[] }
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'opened'; readonly device: string; readonly worldCount: number }
  | { readonly type: 'generation'; readonly report: GenerationReport }
  | { readonly type: 'player'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly problem: FileProblem };
