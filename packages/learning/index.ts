/** Players: trained networks as plain data, as bytes, and as policies that play. */
export { decodePlayer, encodePlayer } from './player/codec.ts';
export type { DecodedPlayer } from './player/codec.ts';
export type { NetworkShape, Player, TrainingRecord } from './player/player.ts';
export { networkPolicy } from './network/network-policy.ts';

/**
 * Training by an evolution strategy, a generation per call. To pause, do not call `generation`
 * again; to stop, dispose the trainer; to go on later, decode what `checkpoint` gave and resume.
 */
export { EvolutionTrainer, playerOf } from './evolution/trainer.ts';
export type { ResumeOptions, TrainerOptions } from './evolution/trainer.ts';
export { soccerTask } from './evolution/task.ts';
export type { EvolutionTask, ShapingWeights } from './evolution/task.ts';
export { EVOLUTION_DEFAULTS, EVOLUTION_OPTIONS } from './evolution/options.ts';
export type { EvolutionOptions } from './evolution/options.ts';
export type { Games, GenerationReport } from './evolution/report.ts';
export { decodeCheckpoint } from './evolution/checkpoint.ts';
export type { Checkpoint, DecodedCheckpoint } from './evolution/checkpoint.ts';

/** Many matches at once between two policies, for measuring them. */
export { playMatches } from './matches/play-matches.ts';
export type { MatchResult, PlayMatchesOptions } from './matches/play-matches.ts';

/** What a decoder says of bytes it does not take. */
export type { Refusal } from './binary/container.ts';
