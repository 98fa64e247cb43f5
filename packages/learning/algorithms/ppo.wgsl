// What proximal policy optimisation does beside its networks: it keeps the rollout and looks back over
// it. Axes: T steps, L actors, D features, A action numbers; the rollout is [T, L], row-major.

const ACTORS = 8u; // L
const STEPS = 32u; // T
const FEATURES = 4u; // D
const NUMBERS = 1u; // A, or 1 of a choice
const DISCOUNT = 0.98; // gamma
const LAMBDA = 0.8; // of generalised advantage estimation
const REWARD_MAX = 0.0; // of what is learned from, where it is not 0

const TERMINATED = 1u;
const TRUNCATED = 2u;
const RESET = 4u;
const OVERRUN = 8u; // as in play.wgsl

@group(0) @binding(0) var<storage, read_write> turn: array<u32>; // [1]: t
@group(0) @binding(1) var<storage, read> seen: array<f32>; // [L, D]
@group(0) @binding(2) var<storage, read> drawn: array<u32>; // [L, A]: bits of what was drawn
@group(0) @binding(3) var<storage, read> outcome: array<f32>; // [L, 2]: reward, end
@group(0) @binding(4) var<storage, read> logChances: array<f32>; // [L]: of what was drawn
@group(0) @binding(5) var<storage, read> values: array<f32>; // [L]
@group(0) @binding(6) var<storage, read_write> keptSeen: array<f32>; // [T, L, D]
@group(0) @binding(7) var<storage, read_write> keptDrawn: array<u32>; // [T, L, A]
// [T, L, 4]: log chance, value, reward, end (as f32)
@group(0) @binding(8) var<storage, read_write> kept: array<f32>;
// [T, L, 4]: log chance, advantage, return, 1 where the transition counts
@group(0) @binding(9) var<storage, read_write> learned: array<f32>;
@group(0) @binding(10) var<storage, read> rewardScale: array<f32>; // [1]
@group(0) @binding(11) var<storage, read_write> running: array<f32>; // [L]: discounted sum of rewards
@group(0) @binding(12) var<storage, read_write> sums: array<f32>; // [T, L]: that, over time

@compute @workgroup_size(64)
fn keepSeen(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS * FEATURES) {
    keptSeen[turn[0] * ACTORS * FEATURES + id.x] = seen[id.x];
  }
}

@compute @workgroup_size(64)
fn keepDrawn(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS) {
    let at = turn[0] * ACTORS + id.x;
    for (var a = 0u; a < NUMBERS; a++) {
      keptDrawn[at * NUMBERS + a] = drawn[id.x * NUMBERS + a];
    }
    kept[at * 4u] = logChances[id.x];
    kept[at * 4u + 1u] = values[id.x];
  }
}

@compute @workgroup_size(64)
fn keepOutcome(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS) {
    let at = (turn[0] * ACTORS + id.x) * 4u;
    kept[at + 2u] = outcome[id.x * 2u];
    kept[at + 3u] = outcome[id.x * 2u + 1u];
  }
}

@compute @workgroup_size(1)
fn advance(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0u) {
    turn[0] = (turn[0] + 1u) % STEPS;
  }
}

// Generalised advantage estimation (Schulman et al. 2016, arXiv 1506.02438, equation 16), one actor per
// invocation; `values` are those of what is seen after the last step. A step that only began the next
// episode was nobody's decision and does not count; nor does one in which the time ran out and the
// next episode began, as nothing is known of what would have come.
@compute @workgroup_size(64)
fn lookBack(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS) {
    var next = values[id.x];
    var later = 0.0;
    for (var back = 0u; back < STEPS; back++) {
      let at = ((STEPS - 1u - back) * ACTORS + id.x) * 4u;
      let value = kept[at + 1u];
      let end = u32(kept[at + 3u]);
      let unknown = (end & TRUNCATED) != 0u && (end & OVERRUN) != 0u;
      let counts = select(1.0, 0.0, (end & RESET) != 0u || unknown);
      let goesOn = select(1.0, 0.0, (end & TERMINATED) != 0u);
      let follows = select(1.0, 0.0, (end & (TERMINATED | TRUNCATED)) != 0u);
      // The bound is VecNormalize's: the first reward among zeros would be thousands.
      let scaled = kept[at + 2u] * rewardScale[0];
      let gained = select(scaled, clamp(scaled, -REWARD_MAX, REWARD_MAX), REWARD_MAX > 0.0);
      let error = gained + DISCOUNT * next * goesOn - value;
      later = counts * (error + DISCOUNT * LAMBDA * follows * later);
      learned[at] = kept[at];
      learned[at + 1u] = later;
      learned[at + 2u] = later + value;
      learned[at + 3u] = counts;
      next = value;
    }
  }
}

// Discounted sums of the rewards so far, whose spread rewards are measured by.
@compute @workgroup_size(64)
fn addUp(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS) {
    var total = running[id.x];
    for (var t = 0u; t < STEPS; t++) {
      let at = t * ACTORS + id.x;
      total = total * DISCOUNT + kept[at * 4u + 2u];
      sums[at] = total;
      let over = (u32(kept[at * 4u + 3u]) & (TERMINATED | TRUNCATED)) != 0u;
      total = select(total, 0.0, over);
    }
    running[id.x] = total;
  }
}
