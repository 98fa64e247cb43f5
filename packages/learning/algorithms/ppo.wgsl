// What proximal policy optimisation does beside its networks: it writes decisions into the
// environment, keeps the rollout, and looks back over it. Axes: T steps, N worlds of one agent, D
// features, A action numbers; the rollout is [T, N], row-major.

const WORLDS = 8u; // N
const STEPS = 32u; // T
const FEATURES = 4u; // D
const ACTIONS = 1u; // A
const WHOLE = 0u; // 1: actions are int8 numbers, else f32
const ACTION_MAX = 1.0; // a number of 1 is this action
const DISCOUNT = 0.98; // gamma
const LAMBDA = 0.8; // of generalised advantage estimation

const TERMINATED = 1u;
const TRUNCATED = 2u;
const RESET = 4u;

@group(0) @binding(0) var<storage, read_write> turn: array<u32>; // [1]: t
@group(0) @binding(1) var<storage, read> observations: array<f32>; // [N, D]
@group(0) @binding(2) var<storage, read_write> actions: array<i32>; // [N, A], of the environment
@group(0) @binding(3) var<storage, read> rewards: array<f32>; // [N]
@group(0) @binding(4) var<storage, read> ends: array<u32>; // [N]
@group(0) @binding(5) var<storage, read> choices: array<u32>; // [N]: choices drawn ...
@group(0) @binding(6) var<storage, read> numbers: array<f32>; // [N, A]: ... or numbers
@group(0) @binding(7) var<storage, read> logChances: array<f32>; // [N]: of what was drawn
@group(0) @binding(8) var<storage, read> values: array<f32>; // [N]
@group(0) @binding(9) var<storage, read_write> keptObservations: array<f32>; // [T, N, D]
@group(0) @binding(10) var<storage, read_write> keptChoices: array<u32>; // [T, N]
@group(0) @binding(11) var<storage, read_write> keptNumbers: array<f32>; // [T, N, A]
// [T, N, 4]: log chance, value, reward, end (as f32)
@group(0) @binding(12) var<storage, read_write> kept: array<f32>;
// [T, N, 4]: log chance, advantage, return, 1 where the transition counts
@group(0) @binding(13) var<storage, read_write> learned: array<f32>;

@compute @workgroup_size(64)
fn see(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < WORLDS * FEATURES) {
    keptObservations[turn[0] * WORLDS * FEATURES + id.x] = observations[id.x];
  }
}

@compute @workgroup_size(64)
fn decideChoice(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < WORLDS) {
    let at = turn[0] * WORLDS + id.x;
    keptChoices[at] = choices[id.x];
    kept[at * 4u] = logChances[id.x];
    kept[at * 4u + 1u] = values[id.x];
    actions[id.x] = i32(choices[id.x]);
  }
}

@compute @workgroup_size(64)
fn decideNumbers(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < WORLDS) {
    let at = turn[0] * WORLDS + id.x;
    for (var a = 0u; a < ACTIONS; a++) {
      let number = numbers[id.x * ACTIONS + a];
      keptNumbers[at * ACTIONS + a] = number;
      let bounded = clamp(number, -1.0, 1.0) * ACTION_MAX;
      actions[id.x * ACTIONS + a] = select(bitcast<i32>(bounded), i32(round(bounded)), WHOLE == 1u);
    }
    kept[at * 4u] = logChances[id.x];
    kept[at * 4u + 1u] = values[id.x];
  }
}

@compute @workgroup_size(64)
fn settle(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < WORLDS) {
    let at = (turn[0] * WORLDS + id.x) * 4u;
    kept[at + 2u] = rewards[id.x];
    kept[at + 3u] = f32(ends[id.x]);
  }
}

@compute @workgroup_size(1)
fn advance(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0u) {
    turn[0] = (turn[0] + 1u) % STEPS;
  }
}

// Generalised advantage estimation (Schulman et al. 2016, arXiv 1506.02438, equation 16), one world per
// invocation; `values` are those of the observations after the last step. The step that only began
// the next episode was nobody's decision and does not count.
@compute @workgroup_size(64)
fn lookBack(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < WORLDS) {
    var next = values[id.x];
    var running = 0.0;
    for (var back = 0u; back < STEPS; back++) {
      let at = ((STEPS - 1u - back) * WORLDS + id.x) * 4u;
      let value = kept[at + 1u];
      let end = u32(kept[at + 3u]);
      let counts = select(1.0, 0.0, (end & RESET) != 0u);
      let goesOn = select(1.0, 0.0, (end & TERMINATED) != 0u);
      let follows = select(1.0, 0.0, (end & (TERMINATED | TRUNCATED)) != 0u);
      let error = kept[at + 2u] + DISCOUNT * next * goesOn - value;
      running = counts * (error + DISCOUNT * LAMBDA * follows * running);
      learned[at] = kept[at];
      learned[at + 1u] = running;
      learned[at + 2u] = running + value;
      learned[at + 3u] = counts;
      next = value;
    }
  }
}
