/** What an environment is, and many worlds of one. */
export { RESET, TERMINATED, TRUNCATED } from './environment/environment.ts';
export type { Environment, Parameter } from './environment/environment.ts';
export { contains, sample, sizeOf } from './environment/spaces.ts';
export type {
  Box,
  Dict,
  Discrete,
  GivenValue,
  MultiDiscrete,
  Space,
  Value,
} from './environment/spaces.ts';
export { VectorEnvironment } from './environment/vector-environment.ts';
export type {
  EnvironmentBuffers,
  VectorEnvironmentOptions,
} from './environment/vector-environment.ts';
export type { Disturbance } from './environment/disturb.ts';
export type { EnvironmentDispatches } from './environment/vector-environment.ts';
export { versionOf } from './environment/version.ts';
export { hashState, stateFields } from './environment/state-fields.ts';
export type { StateField, StateFields } from './environment/state-fields.ts';

/** One world as in Gymnasium: make, reset, step; and the list of environments there are. */
export { make, SingleEnvironment } from './environment/single-environment.ts';
export type {
  Action,
  MakeOptions,
  Observation,
  ResetOptions,
  StepResult,
} from './environment/single-environment.ts';
export type { RecordedState } from './environment/recorded-states.ts';
export { environmentById, environments } from './environment/registry.ts';
export {
  frameStack,
  normaliseObservations,
  normaliseRewards,
  repeatActions,
  timeLimit,
} from './environment/wrappers.ts';
export type { OpenEnvironment } from './environment/wrappers.ts';
export { randomised } from './environment/randomise.ts';
export type { ParameterRanges } from './environment/randomise.ts';
export { checkEnvironment } from './environment/check.ts';
export type { ParameterTable } from './environment/parameters.ts';
export { ENVIRONMENT_NAME_LENGTH_MAX } from './environment/environment-header.ts';
export type { FileProblem } from './environment/environment-header.ts';
export {
  environmentText,
  parseEnvironment,
  problemOf,
  renamedEnvironment,
} from './environment/environment-file.ts';
export type { ParsedEnvironment } from './environment/environment-file.ts';
export { environmentProblems } from './environment/environment-problems.ts';
export { singleAgent } from './environment/single-agent.ts';
export type { SingleAgentOptions } from './environment/single-agent.ts';

/** Robot soccer. */
export { soccer, soccerById, soccerDeclarations, soccerWithRoles } from './soccer/soccer.ts';
export type { RobotsPerTeam } from './soccer/soccer.ts';
export { MATCH_RULES, TRAINING_RULES } from './soccer/rules.ts';
export type { Rules } from './soccer/rules.ts';

/** What drives robots: bots here, trained players in `learning`, interchangeable. */
export {
  easyPolicy,
  idlePolicy,
  normalPolicy,
  randomPolicy,
  scriptedPolicy,
} from './policy/policies.ts';
export type { AttachedPolicy, Policy } from './policy/policy.ts';

/** One game, played and recorded. */
export { Match } from './match/match.ts';
export type { Controller, MatchOptions } from './match/match.ts';
export type { BallState, MatchEvent, MatchState, Phase, RobotState } from './match/state.ts';

/** Pictures of worlds. */
export { Camera, PICTURE_SIZE } from './camera/camera.ts';
export type { CameraView } from './camera/camera.ts';

/** Games that were played: bytes, playing them again, what was seen and done in them. */
export { decodeEpisode, encodeEpisode } from './episode/codec.ts';
export type { DecodedEpisode, Episode, KeyState } from './episode/episode.ts';
export { Replay } from './episode/replay.ts';
export type { Mismatch } from './episode/mismatch.ts';
export type { Verification } from './episode/replay.ts';
export { transitions } from './episode/transitions.ts';
export type { Transitions } from './episode/transitions.ts';
