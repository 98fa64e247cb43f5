
// ---- a drill: robot 0 learns, robot 1 stands where the drill puts it. Its text says `stage` (where all
// begin), `promise` (how good things look: its growth is rewarded) and `result` (1: done, -1: failed).

const PROMISE = 1.0; // weight; 0 leaves only results, which is what is evaluated

fn between(world: ptr<function, World>, low: f32, high: f32) -> f32 {
  let bits = draw(world);
  return uniformBetween(bits, low, high);
}

fn put(world: ptr<function, World>, i: u32, at: vec2f, angle: f32) {
  (*world).robots[i].position = at;
  (*world).robots[i].heading = vec2f(approxCos(angle), approxSin(angle));
}

fn startDrill(world: ptr<function, World>, seed: u32) {
  startEpisode(world, seed);
  (*world).ballVelocity = vec2f(0.0);
  stage(world);
  (*world).stallPosition = (*world).ball;
}

@compute @workgroup_size(WORKGROUP)
fn reset(@builtin(global_invocation_id) id: vec3u) {
  var world = worlds[id.x];
  startDrill(&world, seeds[id.x]);
  worlds[id.x] = world;
  ends[id.x] = RESET;
  rewards[id.x] = 0.0;
}

@compute @workgroup_size(WORKGROUP)
fn step(@builtin(global_invocation_id) id: vec3u) {
  var world = worlds[id.x];
  if (world.phase == OVER) {
    let seed = draw(&world);
    startDrill(&world, seed);
    ends[id.x] = RESET;
    rewards[id.x] = 0.0;
  } else {
    var commands: array<vec2f, ROBOTS>;
    var gains: array<f32, ROBOTS>; // of a match: a drill has its own
    commands[0] = vec2f(wheelSpeed(actions[id.x * 2u]), wheelSpeed(actions[id.x * 2u + 1u]));
    let before = promise(&world);
    tick(&world, &commands, &gains);
    let outcome = result(&world);
    if (outcome != 0.0) {
      world.phase = OVER;
      world.end = TERMINATED;
    }
    ends[id.x] = world.end;
    rewards[id.x] = outcome + PROMISE * (promise(&world) - before);
  }
  worlds[id.x] = world;
}

@compute @workgroup_size(WORKGROUP)
fn observe(@builtin(global_invocation_id) id: vec3u) {
  var world = worlds[id.x];
  observeRobot(&world, 0u, id.x);
}
