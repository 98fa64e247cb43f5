/** What React shows of the game, and what the game tells it. */
import type { Phase } from '@dreampitch/sim';
import type { CameraView } from '../scene/camera-rig.ts';
import type { Screening } from './screening.ts';
import type { MatchSetup } from './setup.ts';

/** Who stopped the match; null: it runs. */
export type Pause = 'person' | 'hidden' | 'panel' | null;

export type Notice = { readonly id: number; readonly text: string; readonly alert: boolean };

export type GameView = {
  /** A failure says what happened and what to do. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure: string | null;
  readonly setup: MatchSetup;
  readonly teamNames: readonly [blue: string, orange: string];
  readonly score: readonly [blue: number, orange: number];
  readonly clockSeconds: number; // whole
  readonly phase: Phase;
  /** Whole seconds until kick-off; null when playing. */
  readonly countdown: number | null;
  readonly goalBy: 0 | 1 | null; // while it is celebrated
  readonly pause: Pause;
  readonly cameraView: CameraView;
  readonly frameRateShown: boolean;
  readonly framesPerSecond: number;
  readonly drawingWords: string;
  readonly muted: boolean;
  readonly notice: Notice | null;
  readonly driven: boolean; // a hand has moved in this visit
  readonly screening: Screening | null; // a kept match is shown instead
  readonly dialog: 'setup' | 'help' | null;
};
