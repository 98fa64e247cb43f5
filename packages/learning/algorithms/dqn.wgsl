// What deep Q-learning does beside its networks: a replay buffer of the latest steps, and batches of
// n-step transitions from it. Axes: C steps of capacity, N worlds of one agent, D features, B batch;
// step t of world n lies at (t % C) * N + n.

const WORLDS = 1u; // N
const CAPACITY = 100000u; // C
const FEATURES = 4u; // D
const BATCH = 64u; // B
const N_STEP = 1u;
const DISCOUNT = 0.99; // gamma, per step

const TERMINATED = 1u;
const TRUNCATED = 2u;
const RESET = 4u;

@group(0) @binding(0) var<storage, read_write> time: array<u32>; // [1]: steps kept so far
@group(0) @binding(1) var<storage, read> observations: array<f32>; // [N, D]
@group(0) @binding(2) var<storage, read_write> actions: array<i32>; // [N], of the environment
@group(0) @binding(3) var<storage, read> rewards: array<f32>; // [N]
@group(0) @binding(4) var<storage, read> ends: array<u32>; // [N]
@group(0) @binding(5) var<storage, read> choices: array<u32>; // [N]: what was decided
@group(0) @binding(6) var<storage, read_write> before: array<f32>; // [C, N, D]
@group(0) @binding(7) var<storage, read_write> after: array<f32>; // [C, N, D]
@group(0) @binding(8) var<storage, read_write> taken: array<u32>; // [C, N]
@group(0) @binding(9) var<storage, read_write> gained: array<f32>; // [C, N, 2]: reward, end (as f32)

@group(0) @binding(10) var<storage, read> places: array<u32>; // [B]
@group(0) @binding(11) var<storage, read_write> batchBefore: array<f32>; // [B, D]
@group(0) @binding(12) var<storage, read_write> batchAfter: array<f32>; // [B, D]
@group(0) @binding(13) var<storage, read_write> batchTaken: array<u32>; // [B]
// [B, 3]: return of the steps between, what the value after them counts, 1 where it counts at all
@group(0) @binding(14) var<storage, read_write> batchGained: array<f32>;

@compute @workgroup_size(64)
fn see(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < WORLDS * FEATURES) {
    before[(time[0] % CAPACITY) * WORLDS * FEATURES + id.x] = observations[id.x];
  }
}

@compute @workgroup_size(64)
fn decide(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < WORLDS) {
    taken[(time[0] % CAPACITY) * WORLDS + id.x] = choices[id.x];
    actions[id.x] = i32(choices[id.x]);
  }
}

@compute @workgroup_size(64)
fn settle(@builtin(global_invocation_id) id: vec3u) {
  let slot = time[0] % CAPACITY;
  if (id.x < WORLDS * FEATURES) {
    after[slot * WORLDS * FEATURES + id.x] = observations[id.x];
  }
  if (id.x < WORLDS) {
    let at = (slot * WORLDS + id.x) * 2u;
    gained[at] = rewards[id.x];
    gained[at + 1u] = f32(ends[id.x]);
  }
}

@compute @workgroup_size(1)
fn advance(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0u) {
    time[0] += 1u;
  }
}

// n-step transitions (Sutton and Barto 2018, section 7.1): an end cuts them short. Whoever draws the
// places leaves out the last n - 1 steps.
@compute @workgroup_size(64)
fn collect(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < BATCH) {
    let place = places[id.x];
    var last = place;
    var total = 0.0;
    var factor = 1.0;
    var open = true;
    var terminated = false;
    for (var k = 0u; k < N_STEP; k++) {
      if (open) {
        last = (place + k * WORLDS) % (CAPACITY * WORLDS);
        let end = u32(gained[last * 2u + 1u]);
        total += factor * gained[last * 2u];
        factor *= DISCOUNT;
        terminated = (end & TERMINATED) != 0u;
        open = (end & (TERMINATED | TRUNCATED)) == 0u;
      }
    }
    let isReset = (u32(gained[place * 2u + 1u]) & RESET) != 0u;
    batchTaken[id.x] = taken[place];
    batchGained[id.x * 3u] = total;
    batchGained[id.x * 3u + 1u] = select(factor, 0.0, terminated);
    batchGained[id.x * 3u + 2u] = select(1.0, 0.0, isReset);
    for (var d = 0u; d < FEATURES; d++) {
      batchBefore[id.x * FEATURES + d] = before[place * FEATURES + d];
      batchAfter[id.x * FEATURES + d] = after[last * FEATURES + d];
    }
  }
}
