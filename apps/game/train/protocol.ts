/** What page and training Worker say to each other. Plain data; bytes are transferred. */
import type { GenerationReport } from '@dreampitch/learning';

export type Order =
  | {
      readonly type: 'start';
      readonly robotsPerTeam: 1 | 2 | 3;
      readonly seed: number;
      /** An encoded player to start from; null: from nothing. */
      readonly player: Uint8Array<ArrayBuffer> | null;
    }
  | {
      readonly type: 'resume';
      readonly robotsPerTeam: 1 | 2 | 3;
      readonly checkpoint: Uint8Array<ArrayBuffer>;
    }
  /** Ends after the generation under way, with a last checkpoint. */
  | { readonly type: 'pause' };

export type News =
  | {
      readonly type: 'opened';
      readonly device: string; // in words
      readonly worldCount: number;
    }
  | { readonly type: 'generation'; readonly report: GenerationReport }
  | {
      readonly type: 'checkpoint';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly generation: number;
      /** The last one: the Worker ends after it. */
      readonly last: boolean;
    }
  | { readonly type: 'failed'; readonly message: string };
