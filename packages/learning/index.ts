/** Players: trained networks as plain data, as bytes, and as policies that play. */
export { decodePlayer, encodePlayer } from './player/codec.ts';
export type { DecodedPlayer } from './player/codec.ts';
export type { NetworkShape, Player, TrainingRecord } from './player/player.ts';
export { networkPolicy } from './network/network-policy.ts';
export { playerGraph, playerOfTensors, playerTensors } from './network/player-graph.ts';
export type { PlayerGraph } from './network/player-graph.ts';

/**
 * Training by an evolution strategy, a generation per call. To pause, do not call `generation`
 * again; to stop, dispose the trainer; to go on later, decode what `checkpoint` gave and resume.
 */
export { EvolutionTrainer, playerOf } from './evolution/trainer.ts';
export type { ResumeOptions, TrainerOptions } from './evolution/trainer.ts';
export { environmentOptions, environmentTask } from './evolution/environment-task.ts';
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

/** Tensors: operators of a graph, whose shapes are checked as it is built. */
export {
  abs,
  add,
  argmax,
  concatenate,
  constant,
  cos,
  divide,
  equal,
  exp,
  expand,
  floor,
  gather,
  indices,
  input,
  less,
  log,
  matmul,
  max,
  maximum,
  min,
  minimum,
  multiply,
  negate,
  pad,
  permute,
  reshape,
  scatterAdd,
  sigmoid,
  sign,
  sin,
  slice,
  sqrt,
  state,
  stopGradient,
  subtract,
  sum,
  tanh,
  toFloat,
  toHalf,
  transpose,
  uniform,
  where,
} from './tensor/operators.ts';
export { ShapeError } from './tensor/shape.ts';
export type { Shape } from './tensor/shape.ts';
export { Tensor } from './tensor/tensor.ts';
export type { ElementType } from './tensor/tensor.ts';

/** What networks are made of: activations, normalisations, layers, losses. */
export {
  bernoulli,
  categorical,
  clamp,
  crossEntropy,
  elu,
  embedding,
  gatherLast,
  gelu,
  groupNorm,
  huber,
  layerNorm,
  linear,
  logSoftmax,
  mean,
  meanSquaredError,
  normal,
  relu,
  rmsNorm,
  silu,
  softmax,
  softplus,
  square,
  straightThrough,
  variance,
} from './tensor/functions.ts';
export { convolution, gruCell, upsampleNearest } from './tensor/layers.ts';
export type { Convolution } from './tensor/layers.ts';
export { attentionCache, cachedAttention, causalAttention } from './tensor/attention.ts';
export type { AttentionCache } from './tensor/attention.ts';
export { cumulativeSum, topK } from './tensor/order.ts';
export { dilate, windows } from './tensor/windows.ts';
export { recompute } from './tensor/recompute.ts';
export { scan } from './tensor/scan.ts';
export type { ScanOptions, ScanStep } from './tensor/scan.ts';

/** Gradients as graphs, optimisers as updates of states, programs that run both in one submission. */
export { gradients } from './tensor/gradient.ts';
export {
  ADAM_DEFAULTS,
  adam,
  clipByNorm,
  cosineRate,
  movingAverage,
  muon,
  rmsProp,
  sgd,
} from './tensor/optimisers.ts';
export { LOSS_SCALE_DEFAULTS, scaledLoss } from './tensor/loss-scale.ts';
export type { LossScaleOptions } from './tensor/loss-scale.ts';
export { Program } from './tensor/program.ts';
export type { ProgramOptions, Update } from './tensor/program.ts';
export type { NotFinite } from './tensor/not-finite.ts';

/** Learning from tables: any state that JSON can hold, named actions. */
export { Q_LEARNING_DEFAULTS, QLearning } from './algorithms/q-learning.ts';
export type {
  Json,
  Mode,
  QLearningOptions,
  Statistics,
  Transition,
} from './algorithms/q-learning.ts';
export { Replay } from './algorithms/replay.ts';

/** Weights in files that Python reads. */
export { decodeSafetensors, encodeSafetensors } from './formats/safetensors.ts';
export type { DecodedTensors, NamedTensor, TensorFile } from './formats/safetensors.ts';

/** Graphs as ONNX models, and back. */
export { decodeOnnx, encodeOnnx } from './formats/onnx.ts';
export type { DecodedOnnx, OnnxInput, OnnxModel } from './formats/onnx/decode.ts';
export type { OnnxOptions } from './formats/onnx/encode.ts';
export { OnnxError } from './formats/onnx/onnx-error.ts';

/** Training curves as TensorBoard reads them. */
export { encodeEvents, eventFileName } from './formats/events.ts';
export type { EventPoint, EventRun } from './formats/events.ts';

/** What was played, for learning: batches of transitions, of kept episodes or of a dataset. */
export {
  collectTransitions,
  datasetTransitions,
  episodeTransitions,
} from './datasets/transitions.ts';
export type { RobotFilter, TransitionBatch } from './datasets/transitions.ts';

/** LeRobotDataset v3.0, written and read in streams. */
export {
  datasetEpisodes,
  datasetOptionsOf,
  encodeLeRobotDataset,
  openLeRobotDataset,
} from './datasets/dataset.ts';
export type { DatasetEpisode, DatasetOptions, FilePart } from './datasets/lerobot/encode.ts';
export { DatasetError } from './datasets/lerobot/format.ts';
export type { DatasetInfo, Feature } from './datasets/lerobot/format.ts';
export type { DatasetFiles, LeRobotDataset, OpenedDataset } from './datasets/lerobot/reader.ts';

/**
 * Algorithms behind one interface: create or resume a run, call `iteration` until it is done, keep
 * `checkpoint`; `policyOf` lets what it learned play wherever a policy can, on any device.
 */
export { ALGORITHMS, algorithmById } from './algorithms/registry.ts';
export type {
  Algorithm,
  CreateOptions,
  EvaluateOptions,
  Report,
  ResumeOptions as ResumeTrainingOptions,
  Trainee,
} from './algorithms/algorithm.ts';
export { checkOptions } from './algorithms/options.ts';
export type { Option, Options, OptionTable, OptionValue } from './algorithms/options.ts';
export { decodeTraining, latestReadable } from './algorithms/checkpoint.ts';
export type { Checkpoint as TrainingCheckpoint, DecodedTraining } from './algorithms/checkpoint.ts';
export { NotFiniteError } from './algorithms/finite.ts';
export { returnsOf } from './algorithms/evaluate.ts';
export { decodePolicy, encodePolicy, policyGraph, policyOf } from './algorithms/policy-network.ts';
export type { PolicyNetwork, PolicyOutput } from './algorithms/policy-network.ts';
export { Ppo } from './algorithms/ppo.ts';
export { PPO_OPTIONS, ppoDefaultsFor } from './algorithms/ppo-options.ts';
export type { PpoOptions } from './algorithms/ppo-options.ts';
export { DQN_OPTIONS, dqnDefaultsFor } from './algorithms/dqn-options.ts';
export type { DqnOptions } from './algorithms/dqn-options.ts';
export { SAC_OPTIONS, sacDefaultsFor } from './algorithms/sac-options.ts';
export type { SacOptions } from './algorithms/sac-options.ts';

/** Self-play with a league of past versions, rated by Elo's model: a run as others are. */
export { LeagueRun, whyNoLeague } from './league/league-run.ts';
export type {
  LeagueCreateOptions,
  LeagueReport,
  LeagueResumeOptions,
} from './league/league-run.ts';
export { LEAGUE_OPTIONS } from './league/league-options.ts';
export type { LeagueOptions } from './league/league-options.ts';
export { decodeLeague } from './league/checkpoint.ts';
export type { DecodedLeague, LeagueCheckpoint } from './league/checkpoint.ts';
export type { LeagueTable, Standing } from './league/standings.ts';
export { ANCHOR_ID, ratingsOf } from './league/ratings.ts';
export type { Pair, Rating } from './league/ratings.ts';

/**
 * Continual learning: a run that goes on with another task keeps what it can of those before
 * (`CreateOptions.keep`); versions of a model with how each did, and the way back to any of them.
 */
export { rememberTask } from './continual/remember.ts';
export type { RememberOptions } from './continual/remember.ts';
export {
  decodeMemory,
  encodeMemory,
  KEEP_DEFAULTS,
  startFrom,
  whyNotGoOn,
} from './continual/memory.ts';
export type { DecodedMemory, KeepStrengths, Memory } from './continual/memory.ts';
export type { Keep } from './continual/keep.ts';
export {
  addScore,
  bytesOf as historyBytes,
  commitVersion,
  dropParts,
  EMPTY_HISTORY,
  headOf,
  lineOf,
  rollBack,
  versionById,
  whyNotRollBack,
} from './continual/history.ts';
export type { History, NewVersion, Score, Version } from './continual/history.ts';
export { decodeHistory, encodeHistory } from './continual/history-codec.ts';
export type { DecodedHistory } from './continual/history-codec.ts';
