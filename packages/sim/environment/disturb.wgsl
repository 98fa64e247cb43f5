// What lies between a policy and a real robot: commands that come late or not at all, sensors that
// are not exact. One invocation per agent. Numbers of actions are copied as they are, i32 or f32.

const WORKGROUP = 64u;
const FEATURES = 24u; // D
const ACTIONS = 2u; // A
const AGENTS = 1u; // of a world
const DELAY = 2u; // steps by which actions come late
const SLOTS = DELAY + 1u;

struct Rates {
  noise: f32, // half of the spread of every observed number
  drop: f32, // chance that a step's command is lost: the one before goes on
  seed: u32,
}

@group(0) @binding(0) var<storage, read_write> commands: array<u32>; // [L, A]: what policies want
@group(0) @binding(1) var<storage, read_write> actions: array<u32>; // [L, A]: what arrives
@group(0) @binding(2) var<storage, read_write> underway: array<u32>; // [L, SLOTS, A]
@group(0) @binding(3) var<storage, read_write> observations: array<f32>; // [L, D]
@group(0) @binding(4) var<storage, read_write> draws: array<u32>; // [L]: from the world's seed on
@group(0) @binding(5) var<uniform> rates: Rates;
@group(0) @binding(6) var<storage, read_write> ends: array<u32>; // [N]

fn draw(agent: u32) -> u32 {
  let count = draws[agent] + 1u;
  draws[agent] = count;
  return pcgHash2(rates.seed, count);
}

@compute @workgroup_size(WORKGROUP)
fn deliver(@builtin(global_invocation_id) id: vec3u) {
  let agent = id.x;
  let bits = draw(agent);
  let lost = uniformFloat(bits) < rates.drop;
  // This step only begins the next episode: nothing of the last one arrives in it.
  let over = (ends[agent / AGENTS] & 3u) != 0u;
  for (var a = 0u; a < ACTIONS; a++) {
    // Everything moves up one place; the newest command joins at the end.
    for (var slot = 0u; slot < DELAY; slot++) {
      let at = (agent * SLOTS + slot) * ACTIONS + a;
      underway[at] = select(underway[at + ACTIONS], 0u, over);
    }
    underway[(agent * SLOTS + DELAY) * ACTIONS + a] = select(commands[agent * ACTIONS + a], 0u, over);
    let to = agent * ACTIONS + a;
    actions[to] = select(underway[agent * SLOTS * ACTIONS + a], actions[to], lost && !over);
  }
}

@compute @workgroup_size(WORKGROUP)
fn blur(@builtin(global_invocation_id) id: vec3u) {
  for (var d = 0u; d < FEATURES; d++) {
    let bits = draw(id.x);
    observations[id.x * FEATURES + d] += uniformBetween(bits, -rates.noise, rates.noise);
  }
}
