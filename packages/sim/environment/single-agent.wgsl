// The frame of an environment with one agent, appended to the environment's own text, which says:
//   struct State        what a world is
//   struct Observation  what the agent sees, numbers of 4 bytes only: [N, D]
//   alias Action        i32 (a discrete choice) or f32
//   struct Rules        at least stepsMax: u32 (0: none)
//   fn start(luck) -> State
//   fn advance(state, action, luck) -> Outcome
//   fn look(state) -> Observation

const WORKGROUP = 64u;

const TERMINATED = 1u;
const TRUNCATED = 2u;
const RESET = 4u;

// Where random numbers come from: a hash of the episode's seed, and how many were drawn.
struct Luck {
  stream: u32,
  draws: u32,
}

struct World {
  state: State,
  steps: u32, // since the episode began
  end: u32, // TERMINATED, TRUNCATED once over
  luck: Luck,
}

struct Outcome {
  reward: f32,
  terminated: bool,
}

@group(0) @binding(0) var<storage, read_write> worlds: array<World>;
@group(0) @binding(1) var<storage, read_write> observations: array<Observation>; // [N]
@group(0) @binding(2) var<storage, read_write> actions: array<Action>; // [N]
@group(0) @binding(3) var<storage, read_write> rewards: array<f32>; // [N]
@group(0) @binding(4) var<storage, read_write> ends: array<u32>; // [N]
@group(0) @binding(5) var<storage, read> seeds: array<u32>; // [N]
@group(0) @binding(6) var<uniform> rules: Rules;

fn draw(luck: ptr<function, Luck>) -> u32 {
  (*luck).draws += 1u;
  return pcgHash((*luck).stream + (*luck).draws);
}

// [low, high)
fn between(luck: ptr<function, Luck>, low: f32, high: f32) -> f32 {
  let bits = draw(luck);
  return uniformBetween(bits, low, high);
}

// 0 .. count - 1
fn below(luck: ptr<function, Luck>, count: u32) -> u32 {
  let bits = draw(luck);
  return uniformBelow(bits, count);
}

fn startEpisode(stream: u32) -> World {
  var luck = Luck(stream, 0u);
  let state = start(&luck);
  return World(state, 0u, 0u, luck);
}

@compute @workgroup_size(WORKGROUP)
fn reset(@builtin(global_invocation_id) id: vec3u) {
  // parameters by seed: pcgHash(seeds[id.x])
  worlds[id.x] = startEpisode(pcgHash(seeds[id.x]));
  rewards[id.x] = 0.0;
  ends[id.x] = RESET;
}

@compute @workgroup_size(WORKGROUP)
fn step(@builtin(global_invocation_id) id: vec3u) {
  var world = worlds[id.x];
  // parameters by seed: world.luck.stream
  var state = world.state;
  var luck = world.luck;
  // For a world that is over too, whose outcome is dropped: the worlds beside it wait anyway, and
  // nothing has to be masked.
  let outcome = advance(&state, actions[id.x], &luck);
  let late = world.steps >= rules.stepsMax - 1u; // 0 becomes the largest u32: never
  var end = select(0u, TERMINATED, outcome.terminated) | select(0u, TRUNCATED, late);
  var reward = outcome.reward;
  var next = World(state, world.steps + 1u, end, luck);
  if (world.end != 0u) {
    let stream = draw(&world.luck);
    next = startEpisode(stream);
    reward = 0.0;
    end = RESET;
  }
  rewards[id.x] = reward;
  ends[id.x] = end;
  observations[id.x] = look(next.state);
  worlds[id.x] = next;
}

@compute @workgroup_size(WORKGROUP)
fn observe(@builtin(global_invocation_id) id: vec3u) {
  // parameters by seed: worlds[id.x].luck.stream
  observations[id.x] = look(worlds[id.x].state);
}
