// Players that look at nothing, for any environment with int8 actions: one invocation per agent.

const WORKGROUP = 64u;
const ACTIONS = 2u; // A
const HOLD_MIN = 2u; // decisions for which a random action is kept
const HOLD_COUNT = 12u;

struct Mood {
  hold: u32, // decisions left
  draws: u32,
}

@group(0) @binding(0) var<storage, read_write> actions: array<i32>; // [N * R, A]
@group(0) @binding(1) var<storage, read> agents: array<u32>; // [L]: world * R + agent
@group(0) @binding(2) var<storage, read_write> moods: array<Mood>; // [L]
@group(0) @binding(3) var<uniform> seed: vec4u;

@compute @workgroup_size(WORKGROUP)
fn idle(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&agents)) {
    for (var a = 0u; a < ACTIONS; a++) {
      actions[agents[id.x] * ACTIONS + a] = 0;
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn random(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&agents)) {
    var mood = moods[id.x];
    if (mood.hold == 0u) {
      for (var a = 0u; a < ACTIONS; a++) {
        let bits = pcgHash3(seed.x, agents[id.x], mood.draws);
        actions[agents[id.x] * ACTIONS + a] = i32(uniformBelow(bits, 255u)) - 127;
        mood.draws += 1u;
      }
      mood.hold = HOLD_MIN + uniformBelow(pcgHash3(seed.x, agents[id.x], mood.draws), HOLD_COUNT);
      mood.draws += 1u;
    }
    mood.hold -= 1u;
    moods[id.x] = mood;
  }
}
