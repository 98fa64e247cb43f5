// Actors: agents that a network drives. What they see is put side by side for it, and what it decided
// goes to their places. Axes: L actors, D features, A action numbers.

const ACTORS = 8u; // L
const FEATURES = 4u; // D: of the observation, or the count of choices that it is one of
const SEES_CHOICE = 0u; // 1: the observation is one of D choices; seen as 1 at its place, else 0
const ACTIONS = 1u; // A
const WHOLE = 0u; // 1: numbers are int8, else f32
const FIRST = 0; // the first choice

@group(0) @binding(0) var<storage, read> agents: array<u32>; // [L]: world * R + agent
@group(0) @binding(1) var<storage, read> observations: array<u32>; // [N * R, D]: bits of f32 or i32
@group(0) @binding(2) var<storage, read_write> actions: array<i32>; // [N * R, A]: i32 or bits of f32
@group(0) @binding(3) var<storage, read_write> seen: array<f32>; // [L, D]
@group(0) @binding(4) var<storage, read> choices: array<u32>; // [L]: decided choices ...
@group(0) @binding(5) var<storage, read> numbers: array<f32>; // [L, A]: ... or numbers, -1 .. 1
@group(0) @binding(6) var<storage, read> ranges: array<vec2f>; // [A]: what -1 and 1 stand for

@compute @workgroup_size(64)
fn see(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS * FEATURES) {
    let agent = agents[id.x / FEATURES];
    let feature = id.x % FEATURES;
    if (SEES_CHOICE == 1u) {
      seen[id.x] = select(0.0, 1.0, observations[agent] == feature);
    } else {
      seen[id.x] = bitcast<f32>(observations[agent * FEATURES + feature]);
    }
  }
}

@compute @workgroup_size(64)
fn decideChoice(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS) {
    actions[agents[id.x]] = i32(choices[id.x]) + FIRST;
  }
}

@compute @workgroup_size(64)
fn decideNumbers(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS * ACTIONS) {
    let agent = agents[id.x / ACTIONS];
    let a = id.x % ACTIONS;
    let range = ranges[a];
    let value = range.x + (0.5 + 0.5 * clamp(numbers[id.x], -1.0, 1.0)) * (range.y - range.x);
    actions[agent * ACTIONS + a] = select(bitcast<i32>(value), i32(round(value)), WHOLE == 1u);
  }
}
