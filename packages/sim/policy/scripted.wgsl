// The scripted player: from what a robot sees to its two wheel speeds, one invocation per robot; it
// remembers nothing but where it last got to. The declarations of soccer.wgsl (constants,
// Observation, vectors) are appended. Points lie on the pitch turned so that the own team attacks +x,
// in metres.

// What makes weaker players of it (policies.ts)
const DECISION_TICKS = 4u; // from one decision to the next
const PACE = 1.0; // share of the wheels' speed that it uses
const TURN_GAIN = 7.0; // 1/s; decided 15 times a second, so well below 15
const FORESIGHT = 1.0; // share of the time to the ball for which it sees the ball roll on
const AIM_ERROR = 0.0; // metres at the goal line, changing with where the ball lies

const ESCAPE_TICKS = 60u; // without getting anywhere, until it drives the other way ...
const ESCAPED_TICKS = 84u; // ... until so many
const DRIVE_SPEED_MAX = PACE * WHEEL_SPEED_MAX;
const TURN_RATE_MAX = 16.0;
const CONTACT = ROBOT_HALF + BALL_RADIUS;
const REACH_X = HALF_LENGTH - ROBOT_HALF - 0.004; // where the middle of a robot can be
const REACH_CUT = HALF_LENGTH + HALF_WIDTH - CORNER_CUT - ROBOT_HALF * 1.41421356 - 0.006;
const REACH_Y = HALF_WIDTH - ROBOT_HALF - 0.004;

@group(0) @binding(0) var<storage, read> observations: array<Observation>; // [N * R]
@group(0) @binding(1) var<storage, read_write> actions: array<i32>; // [N * R, 2]
@group(0) @binding(2) var<storage, read> agents: array<u32>; // [L]: world * R + robot
@group(0) @binding(3) var<storage, read_write> memories: array<Memory>; // [L]

// Where a robot was, and for how many ticks it has driven its wheels without leaving it.
struct Memory {
  position: vec2f,
  heading: vec2f,
  ticks: u32,
}

// The scene as one robot sees it.
struct Scene {
  position: vec2f,
  heading: vec2f,
  velocity: vec2f,
  ball: vec2f,
  ballVelocity: vec2f,
  others: array<vec2f, OTHERS>, // opponents, nearest first, then mates, nearest first
}

// Where to be, how fast to go there, and which way to look on arrival (zero: any).
struct Plan {
  place: vec2f,
  speed: f32,
  facing: vec2f,
  spin: f32, // turn on the spot instead, -1 or 1
  through: bool, // at the ball: nobody is driven around
  rests: bool, // stays at its place
}

fn unit(v: vec2f) -> vec2f {
  return v * (1.0 / sqrt(dot(v, v) + 1e-9));
}

fn lengthOf(v: vec2f) -> f32 {
  return sqrt(dot(v, v));
}

fn sceneOf(agent: u32) -> Scene {
  var scene: Scene;
  let heading = vec2f(observations[agent].headingX, observations[agent].headingY);
  let side = left(heading);
  scene.heading = heading;
  scene.position = vec2f(observations[agent].x * HALF_LENGTH, observations[agent].y * HALF_WIDTH);
  scene.velocity = (heading * observations[agent].speedForward
    + side * observations[agent].speedLeft) * WHEEL_SPEED_MAX;
  scene.ball = vec2f(observations[agent].ballX * HALF_LENGTH, observations[agent].ballY * HALF_WIDTH);
  scene.ballVelocity = heading * observations[agent].ballVelocityForward
    + side * observations[agent].ballVelocityLeft;
  for (var k = 0u; k < OTHERS; k++) {
    scene.others[k] = scene.position + (heading * observations[agent].others[k].forward
      + side * observations[agent].others[k].left) * HALF_LENGTH;
  }
  return scene;
}

// The nearest point to where the middle of a robot can be: inside of walls and cut corners.
fn reachable(point: vec2f) -> vec2f {
  let inMouth = abs(point.y) < GOAL_HALF_WIDTH - 0.06;
  let low = vec2f(-REACH_X, -REACH_Y);
  let inside = clamp(point, low, vec2f(select(REACH_X, REACH_X + 0.08, inMouth), REACH_Y));
  let over = abs(inside.x) + abs(inside.y) - REACH_CUT;
  return inside - sign(inside) * max(0.0, 0.5 * over);
}

// Where a rolling ball will be, kept within the pitch.
fn ballAfter(scene: ptr<function, Scene>, seconds: f32) -> vec2f {
  let at = (*scene).ball + (*scene).ballVelocity * (seconds * (1.0 - 0.15 * seconds));
  let reach = vec2f(HALF_LENGTH, HALF_WIDTH) - BALL_RADIUS;
  // A wall sends it back.
  let over = max(abs(at) - reach, vec2f(0.0));
  let back = at - sign(at) * over * 1.6;
  return clamp(back, -reach, reach);
}

// How far a robot is from being able to play the ball: who has come past it must go around.
fn effort(position: vec2f, ball: vec2f) -> f32 {
  let apart = ball - position;
  let late = 0.35 + 3.0 * clamp(-0.3 - ball.x, 0.0, 0.4);
  return lengthOf(apart) + late * clamp(-apart.x + 0.02, 0.0, 0.3);
}

// Nearest that an opponent is to the ball's way from `ball` to `goal`: 0 blocked .. 0.15 free.
fn clearance(scene: ptr<function, Scene>, ball: vec2f, goal: vec2f) -> f32 {
  let way = goal - ball;
  let size = lengthOf(way) + 1e-6;
  let ahead = way * (1.0 / size);
  var free = 0.15;
  for (var k = 0u; k < TEAM; k++) {
    let apart = (*scene).others[k] - ball;
    let along = dot(apart, ahead);
    let off = abs(cross(ahead, apart)) - 0.1 * max(0.0, along) * 0.5;
    free = select(free, min(free, off), along > 0.0 && along < size + 0.05);
  }
  return max(free, 0.0);
}

// The point to play the ball towards: the freest part of the goal, or a mate who is better placed.
fn aimOf(scene: ptr<function, Scene>, ball: vec2f) -> vec2f {
  var aim = vec2f(HALF_LENGTH + 0.04, 0.0);
  var best = clearance(scene, ball, aim) + 0.04;
  for (var k = 0u; k < 2u; k++) {
    let corner = vec2f(HALF_LENGTH + 0.04, select(-0.12, 0.12, k == 0u));
    let free = clearance(scene, ball, corner);
    aim = select(aim, corner, free > best);
    best = max(best, free);
  }
  for (var k = 0u; k < TEAM - 1u; k++) {
    let mate = (*scene).others[TEAM + k];
    let lead = mate + vec2f(0.12, 0.0);
    let apart = lead - ball;
    let distance = lengthOf(apart);
    let free = clearance(scene, ball, lead) - 0.05
      + 0.5 * clearance(scene, lead, vec2f(HALF_LENGTH, 0.0));
    let open = apart.x > 0.0 && distance > 0.25 && distance < 0.9 && ball.x > -0.3;
    aim = select(aim, lead, open && free > best);
    best = select(best, max(best, free), open);
  }
  return aim;
}

// Get behind the ball, seen from where it shall go, then through it.
fn attack(scene: ptr<function, Scene>) -> Plan {
  let away = lengthOf((*scene).ball - (*scene).position);
  let ball = ballAfter(scene, FORESIGHT * clamp((away - CONTACT) * 0.75, 0.0, 0.7));
  let error = AIM_ERROR * approxSin(17.0 * ball.x + 23.0 * ball.y);
  var way = unit(aimOf(scene, ball) + vec2f(0.0, error) - ball);
  // A ball at a wall is pushed along it; at the end wall, to the goal's mouth.
  let wallY = HALF_WIDTH - abs(ball.y);
  let wallX = HALF_LENGTH - ball.x;
  let inward = -sign(ball.y);
  if (wallY < 0.07 && wallX > 0.1) {
    way = unit(vec2f(1.0, inward * 0.02));
  }
  if (wallX < 0.07 && abs(ball.y) > GOAL_HALF_WIDTH - 0.03) {
    way = unit(vec2f(0.15, inward));
  }
  if (ball.x < -HALF_LENGTH + 0.12 && abs(ball.y) > GOAL_HALF_WIDTH - 0.03) {
    way = unit(vec2f(0.35, -inward)); // out of the own corner, away from the goal
  }
  // A robot is wider than the ball: at a wall it cannot get quite behind it.
  let spot = reachable(ball);
  let apart = (*scene).position - spot;
  let behind = -dot(apart, way);
  let off = cross(way, apart);
  var plan = Plan(vec2f(0.0), WHEEL_SPEED_MAX, vec2f(0.0), 0.0, false, false);
  if (behind > 0.02 && abs(off) < 0.018 + 0.22 * (behind - 0.02)) {
    // In line: through the ball.
    plan.place = spot + way * 0.2 - left(way) * (off * 0.6);
    plan.through = true;
  } else if (behind > 0.0) {
    // Behind it but beside the line.
    plan.place = spot - way * (CONTACT + 0.015 + min(0.16, 1.6 * abs(off)));
    plan.speed = 0.55 + 3.0 * lengthOf(plan.place - (*scene).position);
  } else {
    // In front of it: around, on the side where it already is.
    let turn = select(-1.0, 1.0, off >= 0.0);
    // The way round must fit between ball and wall.
    let beside = ball + left(way) * (turn * 0.105);
    let fits = abs(beside.y) < REACH_Y;
    let bow = select(-turn, turn, fits);
    plan.place = ball - way * 0.06 + left(way) * (bow * 0.105);
    if (abs(off) > 0.08) {
      plan.place = ball - way * 0.13 + left(way) * (bow * 0.05);
    }
    plan.speed = 1.2;
  }
  // Before the own goal there is no time to aim: away with it, from wherever it can be hit forwards.
  let straight = unit(spot - (*scene).position);
  let danger = ball.x < -0.4 && abs(ball.y) < 0.4;
  if (danger && behind <= 0.02 + 3.0 * abs(off) && straight.x > 0.25) {
    plan.place = spot + straight * 0.2;
    plan.speed = WHEEL_SPEED_MAX;
    plan.through = true;
  }
  // A ball that is stuck between robots or at a wall is hit out by turning.
  let arm = (*scene).ball - (*scene).position;
  let slow = dot((*scene).velocity, (*scene).velocity) < 0.012
    && dot((*scene).ballVelocity, (*scene).ballVelocity) < 0.01;
  let pressed = lengthOf((*scene).others[0] - (*scene).ball) < 0.08;
  let atWall = min(wallY, min(wallX, HALF_LENGTH + ball.x)) < 0.05;
  if (lengthOf(arm) < 0.072 && slow && (pressed || atWall)) {
    plan.spin = select(-1.0, 1.0, cross(arm, way) > 0.0);
  }
  return plan;
}

// On the line before the goal, where the ball would come through.
fn keep(scene: ptr<function, Scene>) -> Plan {
  let line = -HALF_LENGTH + 0.06;
  let ball = (*scene).ball;
  let velocity = (*scene).ballVelocity;
  let goal = vec2f(-HALF_LENGTH - 0.1, 0.0);
  let ray = unit(ball - goal);
  let aimed = goal.y + ray.y * ((line - goal.x) / max(ray.x, 0.2));
  let comes = velocity.x < -0.25;
  let seconds = (line - ball.x) / min(velocity.x, -0.25);
  let rolled = ball.y + velocity.y * min(seconds, 1.2);
  let y = select(aimed, clamp(rolled, -HALF_WIDTH, HALF_WIDTH), comes);
  // Straight up or down the line, so that it need not turn.
  let place = vec2f(line, clamp(y, -GOAL_HALF_WIDTH + 0.02, GOAL_HALF_WIDTH - 0.02));
  let distance = lengthOf(place - (*scene).position);
  return Plan(place, 6.0 * distance, vec2f(0.0, 1.0), 0.0, false, true);
}

// Between ball and own goal, well out: the last one of two.
fn cover(scene: ptr<function, Scene>) -> Plan {
  let ball = (*scene).ball;
  let goal = vec2f(-HALF_LENGTH, 0.0);
  let depth = clamp(0.16 + 0.35 * (ball.x + 0.1), 0.08, 0.6);
  let place = goal + unit(ball - goal) * depth;
  let distance = lengthOf(place - (*scene).position);
  return Plan(vec2f(max(place.x, -HALF_LENGTH + 0.06), place.y), 4.0 * distance, vec2f(0.0, 1.0), 0.0, false, true);
}

// Across from the ball and a little behind: for the pass and the rebound.
fn offer(scene: ptr<function, Scene>) -> Plan {
  let ball = (*scene).ball;
  let across = select(-1.0, 1.0, ball.y < 0.0);
  let attacking = ball.x > 0.15;
  let x = select(ball.x + 0.1, min(ball.x - 0.05, 0.45), attacking);
  let place = vec2f(clamp(x, -0.35, 0.45), across * select(0.3, 0.3, attacking));
  let distance = lengthOf(place - (*scene).position);
  return Plan(place, 3.0 * distance, vec2f(0.0), 0.0, false, true);
}

// Whether a ball that this robot pushed from where it is would roll to its own goal.
fn endangers(ball: vec2f, push: vec2f) -> bool {
  let crossing = ball.y + push.y / max(-push.x, 0.05) * (ball.x + HALF_LENGTH);
  let mouth = abs(crossing) < GOAL_HALF_WIDTH + 0.15 || crossing * ball.y < 0.0;
  return ball.x < 0.0 && push.x < 0.15 && mouth;
}

// The plan, with a way around the ball where going straight would push it to the own goal.
fn spare(scene: ptr<function, Scene>, plan: Plan) -> Plan {
  let ball = ballAfter(scene, 0.07);
  let arm = ball - (*scene).position;
  let distance = lengthOf(arm);
  let push = arm * (1.0 / (distance + 1e-6));
  let way = plan.place - (*scene).position;
  var spared = plan;
  if (distance < 0.3 && endangers(ball, push)) {
    spared.speed = min(plan.speed, 0.3 + 4.0 * max(distance - 0.1, 0.0));
    if (distance < 0.17 && dot(unit(way), push) > 0.1) {
      // Round it on the side where the place is; at the end wall there is room on one side only.
      let tangent = left(push);
      let wall = ball.x < -HALF_LENGTH + 0.13;
      let side = select(sign(cross(push, way)), sign(tangent.x), wall);
      spared.place = (*scene).position + tangent * (side * 0.12) - push * max(0.0, 0.13 - distance);
      spared.speed = max(spared.speed, 0.6);
      spared.through = true;
      spared.rests = false;
    }
  }
  return spared;
}

// The place to steer for, beside whoever stands in the way; face to face, everyone keeps right.
fn around(scene: ptr<function, Scene>, place: vec2f) -> vec2f {
  let way = place - (*scene).position;
  let size = lengthOf(way) + 1e-6;
  let ahead = way * (1.0 / size);
  var nearest = min(size, 0.22);
  var side = 0.0;
  for (var k = 0u; k < OTHERS; k++) {
    let apart = (*scene).others[k] - (*scene).position;
    let along = dot(apart, ahead);
    let off = cross(ahead, apart);
    if (along > 0.0 && along < nearest && abs(off) < 0.085) {
      nearest = along;
      side = select(-1.0, 1.0, off < -0.02);
    }
  }
  // Past it on the free side: the nearer it is, the more sideways.
  let past = (*scene).position + ahead * 0.05 + left(ahead) * (side * 0.11);
  return select(past, place, side == 0.0);
}

// Wheel speeds towards a plan; backwards is as good as forwards.
fn wheels(scene: ptr<function, Scene>, plan: Plan) -> vec2f {
  var goal = reachable(plan.place);
  // Out of the goal first, along its middle: beside the posts a robot would wedge.
  let within = abs((*scene).position.x) > REACH_X + 0.01;
  let middle = GOAL_HALF_WIDTH - 0.09;
  goal.y = select(goal.y, clamp(goal.y, -middle, middle), within);
  let place = select(reachable(around(scene, goal)), goal, plan.through);
  let inMouth = abs((*scene).position.y) < GOAL_HALF_WIDTH - 0.06;
  let apart = place - (*scene).position;
  let distance = lengthOf(apart);
  let ahead = dot(apart, (*scene).heading);
  let aside = cross((*scene).heading, apart);
  let rolling = dot((*scene).velocity, (*scene).heading);
  let gear = select(-1.0, 1.0, ahead + 0.08 * rolling >= 0.0);
  var error = approxAtan2(aside * gear, ahead * gear);
  var speed = min(plan.speed, DRIVE_SPEED_MAX);
  // There: only turn to face.
  let faces = dot(plan.facing, plan.facing) > 0.5;
  let turned = cross((*scene).heading, plan.facing);
  let cosine = dot((*scene).heading, plan.facing);
  let line = approxAtan2(turned * select(-1.0, 1.0, cosine >= 0.0), abs(cosine));
  let there = distance < 0.03 && plan.rests;
  error = select(error, select(0.0, line, faces), there);
  speed = select(speed, 0.0, there);
  let rate = clamp(TURN_GAIN * error, -TURN_RATE_MAX, TURN_RATE_MAX);
  let aligned = clamp(1.25 - 1.1 * abs(error), 0.0, 1.0);
  // Who touches a wall or a robot cannot turn: off it first.
  let outside = abs((*scene).position) - vec2f(HALF_LENGTH, HALF_WIDTH) + 0.058;
  let walls = select(0.0, sign((*scene).position.x), outside.x > 0.0 && !inMouth) * vec2f(1.0, 0.0)
    + select(0.0, sign((*scene).position.y), outside.y > 0.0) * vec2f(0.0, 1.0);
  var touched = walls;
  let slow = dot((*scene).velocity, (*scene).velocity) < 0.01;
  for (var k = 0u; k < OTHERS; k++) {
    let apart = (*scene).others[k] - (*scene).position;
    let near = slow && dot(apart, apart) < 0.0087;
    touched += apart * select(0.0, 11.0, near);
  }
  let off = -dot((*scene).heading, touched);
  let leaves = abs(error) > 0.5 && abs(off) > 0.15;
  let forward = select(gear * speed * aligned, sign(off) * 0.7, leaves);
  let turn = select(rate * (0.5 * ROBOT_TRACK), plan.spin * DRIVE_SPEED_MAX, plan.spin != 0.0);
  let drive = select(forward, 0.0, plan.spin != 0.0);
  // Turning comes first.
  let room = max(DRIVE_SPEED_MAX - abs(turn), 0.0);
  let kept = clamp(drive, -room, room);
  return vec2f(kept - turn, kept + turn);
}

// A robot that is wedged, or leans on one that leans back, drives the other way for a moment.
fn escaped(scene: ptr<function, Scene>, at: u32, speeds: vec2f) -> vec2f {
  let moved = (*scene).position - memories[at].position;
  let still = dot(moved, moved) < 0.0004 && dot((*scene).heading, memories[at].heading) > 0.94;
  // Before a kick-off nobody can move.
  let rests = dot((*scene).ballVelocity, (*scene).ballVelocity) == 0.0;
  let waits = rests && dot((*scene).ball, (*scene).ball) < 1e-6;
  let drives = abs(speeds.x) + abs(speeds.y) > 0.3 * WHEEL_SPEED_MAX;
  let ticks = memories[at].ticks;
  let escapes = ticks >= ESCAPE_TICKS && ticks < ESCAPED_TICKS;
  if (escapes || (still && drives && !waits && ticks < ESCAPED_TICKS)) {
    memories[at].ticks = ticks + DECISION_TICKS;
  } else {
    memories[at] = Memory((*scene).position, (*scene).heading, 0u);
  }
  return select(speeds, -speeds, escapes);
}

fn act(agent: u32, speeds: vec2f) {
  let scaled = clamp(round(speeds * (127.0 / WHEEL_SPEED_MAX)), vec2f(-127.0), vec2f(127.0));
  actions[agent * 2u] = i32(scaled.x);
  actions[agent * 2u + 1u] = i32(scaled.y);
}

@compute @workgroup_size(WORKGROUP)
fn scripted(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&agents)) {
    return;
  }
  let agent = agents[id.x];
  var scene = sceneOf(agent);
  // Everyone sees the same efforts, so all agree on who goes to the ball.
  let soon = ballAfter(&scene, 0.25);
  let own = effort(scene.position, soon);
  let ownDepth = scene.position.x;
  var rank = 0u; // mates nearer to the ball
  var deeper = 0u; // of those who do not go to the ball, mates nearer to the own goal
  var nearest = own;
  for (var k = 0u; k < TEAM - 1u; k++) {
    let mate = effort(scene.others[TEAM + k], soon);
    rank += select(0u, 1u, mate < own);
    nearest = min(nearest, mate);
  }
  for (var k = 0u; k < TEAM - 1u; k++) {
    let mate = scene.others[TEAM + k];
    let goes = effort(mate, soon) <= nearest;
    deeper += select(0u, 1u, !goes && mate.x < ownDepth);
  }
  // The ball is this team's when none of the others is as near to playing it.
  var rival = 9.0;
  for (var k = 0u; k < TEAM; k++) {
    rival = min(rival, effort(-scene.others[k], -soon));
  }
  let has = nearest + 0.05 < rival;
  var plan: Plan;
  if (rank == 0u) {
    plan = attack(&scene);
  } else if (TEAM == 2u && !(has && soon.x > -0.1)) {
    plan = cover(&scene);
  } else if (TEAM > 2u && deeper == 0u) {
    plan = keep(&scene);
  } else {
    plan = offer(&scene);
  }
  act(agent, escaped(&scene, id.x, wheels(&scene, spare(&scene, plan))));
}
