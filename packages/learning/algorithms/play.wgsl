// What a decision brings its actors, tick by tick, and the returns of episodes. Axes: L actors, D
// features.

const ACTORS = 8u; // L
const AGENTS = 1u; // per world
const FEATURES = 4u; // D, as in actors.wgsl
const SEES_CHOICE = 0u; // as there
const FRESH = 1u; // 1: the first tick of a decision
const KEEPS_AFTER = 0u; // 1: what is seen after the decision is kept

const TERMINATED = 1u;
const TRUNCATED = 2u;
const RESET = 4u;
const OVERRUN = 8u; // ticks of the next episode followed within the decision

@group(0) @binding(0) var<storage, read> agents: array<u32>; // [L]: world * AGENTS + agent
@group(0) @binding(1) var<storage, read> observations: array<u32>; // [N * AGENTS, D]
@group(0) @binding(2) var<storage, read> rewards: array<f32>; // [N * AGENTS]
@group(0) @binding(3) var<storage, read> ends: array<u32>; // [N]
@group(0) @binding(4) var<storage, read_write> outcome: array<f32>; // [L, 2]: reward, end (as f32)
@group(0) @binding(5) var<storage, read_write> after: array<f32>; // [L, D]: what came of it
// [L, 4]: return of the running episode; sum and count of ended ones; return of the first of them
@group(0) @binding(6) var<storage, read_write> tally: array<f32>;

fn seenAt(agent: u32, feature: u32) -> f32 {
  if (SEES_CHOICE == 1u) {
    return select(0.0, 1.0, observations[agent] == feature);
  }
  return bitcast<f32>(observations[agent * FEATURES + feature]);
}

@compute @workgroup_size(64)
fn settle(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < ACTORS) {
    let agent = agents[id.x];
    let end = ends[agent / AGENTS];
    let reward = rewards[agent];

    let at = id.x * 4u;
    let total = tally[at] + reward;
    let over = (end & (TERMINATED | TRUNCATED)) != 0u;
    if (over && tally[at + 2u] == 0.0) {
      tally[at + 3u] = total;
    }
    tally[at] = select(total, 0.0, over);
    tally[at + 1u] += select(0.0, total, over);
    tally[at + 2u] += select(0.0, 1.0, over);

    // What follows an end within a decision belongs to nobody.
    var gained = 0.0;
    var flags = 0u;
    if (FRESH == 0u) {
      gained = outcome[id.x * 2u];
      flags = u32(outcome[id.x * 2u + 1u]);
    }
    if ((flags & (TERMINATED | TRUNCATED)) != 0u) {
      flags |= OVERRUN;
    } else {
      gained += reward;
      flags |= end;
      if (KEEPS_AFTER == 1u) {
        for (var d = 0u; d < FEATURES; d++) {
          after[id.x * FEATURES + d] = seenAt(agent, d);
        }
      }
    }
    outcome[id.x * 2u] = gained;
    outcome[id.x * 2u + 1u] = f32(flags);
  }
}
