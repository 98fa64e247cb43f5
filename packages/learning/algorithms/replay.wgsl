// A replay buffer of the latest steps: keeping them, drawing batches of n-step transitions uniformly or
// by priority. Axes: C rows of capacity, L actors, D features, A words of an action, B batch; step t of
// actor l lies at place (t % C) * L + l. Priorities (Schaul et al. 2016, arXiv 1511.05952) are summed
// in segments of about the root of all places, so that a draw looks at two roots and keeping a step
// writes two numbers.

const ACTORS = 1u; // L
const CAPACITY = 100000u; // C
const FEATURES = 4u; // D
const WORDS = 1u; // A
const BATCH = 64u; // B
const N_STEP = 1u;
const DISCOUNT = 0.99; // gamma, per step
const SEGMENT = 317u; // places of a segment
const SEGMENTS = 316u;
const POWER = 0.6; // alpha of the priorities
const SEED = 1u;

const TERMINATED = 1u;
const TRUNCATED = 2u;
const RESET = 4u;
const PLACES = CAPACITY * ACTORS;

@group(0) @binding(0) var<storage, read_write> time: array<u32>; // [1]: rows kept so far
@group(0) @binding(1) var<storage, read> seen: array<f32>; // [L, D], before the decision
@group(0) @binding(2) var<storage, read> drawn: array<u32>; // [L, A]: what was decided, as bits
@group(0) @binding(3) var<storage, read> after: array<f32>; // [L, D], after it
@group(0) @binding(4) var<storage, read> outcome: array<f32>; // [L, 2]: reward, end
@group(0) @binding(5) var<storage, read_write> keptSeen: array<f32>; // [C, L, D]
@group(0) @binding(6) var<storage, read_write> keptDrawn: array<u32>; // [C, L, A]
@group(0) @binding(7) var<storage, read_write> keptAfter: array<f32>; // [C, L, D]
@group(0) @binding(8) var<storage, read_write> keptOutcome: array<f32>; // [C, L, 2]
@group(0) @binding(9) var<storage, read_write> priorities: array<f32>; // [C, L], 0: not to be drawn
@group(0) @binding(10) var<storage, read_write> sums: array<f32>; // [SEGMENTS] of them
@group(0) @binding(11) var<storage, read_write> most: array<f32>; // [1]: the largest so far

@group(0) @binding(12) var<storage, read> updates: array<f32>; // [1]: how many there were
@group(0) @binding(13) var<storage, read_write> places: array<u32>; // [B]
@group(0) @binding(14) var<storage, read_write> batchSeen: array<f32>; // [B, D]
@group(0) @binding(15) var<storage, read_write> batchDrawn: array<u32>; // [B, A]
@group(0) @binding(16) var<storage, read_write> batchAfter: array<f32>; // [B, D]
// [B, 4]: return of the steps between, what the value after them counts, 1 where it counts at all,
// and how many times as likely as uniformly it was drawn
@group(0) @binding(17) var<storage, read_write> batchOutcome: array<f32>;
@group(0) @binding(18) var<storage, read> errors: array<f32>; // [B], absolute
@group(0) @binding(19) var<storage, read> broken: array<f32>; // [1]: 1 keeps the batch that broke it

@compute @workgroup_size(64)
fn keepSeen(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS * FEATURES) {
    keptSeen[(time[0] % CAPACITY) * ACTORS * FEATURES + id.x] = seen[id.x];
  }
}

@compute @workgroup_size(64)
fn keepAfter(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS * FEATURES) {
    keptAfter[(time[0] % CAPACITY) * ACTORS * FEATURES + id.x] = after[id.x];
  }
}

@compute @workgroup_size(64)
fn keepOutcome(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS) {
    let place = (time[0] % CAPACITY) * ACTORS + id.x;
    keptOutcome[place * 2u] = outcome[id.x * 2u];
    keptOutcome[place * 2u + 1u] = outcome[id.x * 2u + 1u];
    for (var a = 0u; a < WORDS; a++) {
      keptDrawn[place * WORDS + a] = drawn[id.x * WORDS + a];
    }
  }
}

// The new step is not to be drawn before the n - 1 after it are there; the one that this completes is,
// as likely as the likeliest, unless it was nobody's decision.
@compute @workgroup_size(64)
fn prioritise(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS) {
    priorities[(time[0] % CAPACITY) * ACTORS + id.x] = 0.0;
    if (time[0] + 1u >= N_STEP) {
      let place = ((time[0] + 1u - N_STEP) % CAPACITY) * ACTORS + id.x;
      let isReset = (u32(keptOutcome[place * 2u + 1u]) & RESET) != 0u;
      priorities[place] = select(max(most[0], 1e-6), 0.0, isReset);
    }
  }
}

@compute @workgroup_size(1)
fn advance(@builtin(global_invocation_id) id: vec3u) {
  if (id.x == 0u) {
    time[0] += 1u;
  }
}

// Rows that have n - 1 more after them.
fn rowCount() -> u32 {
  return min(time[0], CAPACITY) - (N_STEP - 1u);
}

@compute @workgroup_size(64)
fn drawUniformly(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < BATCH && broken[0] == 0.0) {
    let oldest = select(0u, time[0] - CAPACITY, time[0] > CAPACITY);
    let at = pcgHash3(SEED, u32(updates[0]), id.x) % (rowCount() * ACTORS);
    places[id.x] = ((oldest + at / ACTORS) % CAPACITY) * ACTORS + at % ACTORS;
    batchOutcome[id.x * 4u + 3u] = 1.0;
  }
}

fn sumOf(segment: u32) -> f32 {
  var total = 0.0;
  for (var i = 0u; i < SEGMENT; i++) {
    let place = segment * SEGMENT + i;
    if (place < PLACES) {
      total += priorities[place];
    }
  }
  return total;
}

@compute @workgroup_size(64)
fn sumAll(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < SEGMENTS) {
    sums[id.x] = sumOf(id.x);
  }
}

// One of B equal parts of the sum each (appendix B.2.1 of the paper).
@compute @workgroup_size(64)
fn drawByPriority(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < BATCH && broken[0] == 0.0) {
    var total = 0.0;
    for (var s = 0u; s < SEGMENTS; s++) {
      total += sums[s];
    }
    let u = uniformFloat(pcgHash3(SEED, u32(updates[0]), id.x));
    var left = (f32(id.x) + u) / f32(BATCH) * total;
    var segment = 0u;
    var open = true;
    for (var s = 0u; s < SEGMENTS; s++) {
      if (open && sums[s] > 0.0) {
        segment = s; // the last one that has any, should rounding lead beyond it
        open = left >= sums[s];
        left -= select(0.0, sums[s], open);
      }
    }
    var place = segment * SEGMENT;
    open = true;
    for (var i = 0u; i < SEGMENT; i++) {
      let at = segment * SEGMENT + i;
      if (open && at < PLACES) {
        let priority = priorities[at];
        if (priority > 0.0) {
          place = at;
          open = left >= priority;
          left -= priority;
        }
      }
    }
    places[id.x] = place;
    let chance = priorities[place] / total;
    batchOutcome[id.x * 4u + 3u] = chance * f32(rowCount() * ACTORS);
  }
}

// n-step transitions (Sutton and Barto 2018, section 7.1): an end cuts them short.
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
        last = (place + k * ACTORS) % PLACES;
        let end = u32(keptOutcome[last * 2u + 1u]);
        total += factor * keptOutcome[last * 2u];
        factor *= DISCOUNT;
        terminated = (end & TERMINATED) != 0u;
        open = (end & (TERMINATED | TRUNCATED)) == 0u;
      }
    }
    let isReset = (u32(keptOutcome[place * 2u + 1u]) & RESET) != 0u;
    batchOutcome[id.x * 4u] = total;
    batchOutcome[id.x * 4u + 1u] = select(factor, 0.0, terminated);
    batchOutcome[id.x * 4u + 2u] = select(1.0, 0.0, isReset);
    for (var a = 0u; a < WORDS; a++) {
      batchDrawn[id.x * WORDS + a] = keptDrawn[place * WORDS + a];
    }
    for (var d = 0u; d < FEATURES; d++) {
      batchSeen[id.x * FEATURES + d] = keptSeen[place * FEATURES + d];
      batchAfter[id.x * FEATURES + d] = keptAfter[last * FEATURES + d];
    }
  }
}

// After an update: priorities by its errors (a place drawn twice has the same error twice). What is no
// number changes nothing.
@compute @workgroup_size(64)
fn reprioritise(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < BATCH) {
    let error = errors[id.x];
    if (error < 1e30) {
      priorities[places[id.x]] = approxPow(error + 1e-6, POWER);
    }
  }
}

@compute @workgroup_size(64)
fn sumChanged(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < BATCH) {
    let segment = places[id.x] / SEGMENT;
    sums[segment] = sumOf(segment);
  }
  if (id.x == 0u) {
    for (var i = 0u; i < BATCH; i++) {
      most[0] = max(most[0], priorities[places[i]]);
    }
  }
}
