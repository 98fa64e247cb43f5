// Keeps the score of many games while they are played: goals, and when the first fell. Axes: N
// worlds, R agents per world. To be run after every tick.

const WORLDS = 200u; // N
const AGENTS = 2u; // R

@group(0) @binding(0) var<storage, read> rewards: array<f32>; // [N, R]: +1 and -1 for goals
@group(0) @binding(1) var<storage, read> ends: array<u32>; // [N]
// [5, N]: goals of blue, of orange, ticks played, the tick of the first goal (0: none yet), and
// whether the game is over.
@group(0) @binding(2) var<storage, read_write> scores: array<u32>;

@compute @workgroup_size(64)
fn keepScore(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x;
  if (n < WORLDS) {
    if (scores[4u * WORLDS + n] == 0u) {
      let reward = rewards[n * AGENTS];
      let tick = scores[2u * WORLDS + n] + 1u;
      let blue = reward > 0.5;
      let orange = reward < -0.5;
      scores[n] += select(0u, 1u, blue);
      scores[WORLDS + n] += select(0u, 1u, orange);
      scores[2u * WORLDS + n] = tick;
      if ((blue || orange) && scores[3u * WORLDS + n] == 0u) {
        scores[3u * WORLDS + n] = tick;
      }
      scores[4u * WORLDS + n] = select(0u, 1u, (ends[n] & 3u) != 0u);
    }
  }
}
