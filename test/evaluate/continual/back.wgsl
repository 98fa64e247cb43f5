
// Back: orange has come past with the ball; be in the own goal area before it shoots.
const AREA = vec2f(0.25, 0.3); // from the goal line, and to either side of the middle

fn stage(world: ptr<function, World>) {
  let x = between(world, 0.0, 0.5);
  let y = between(world, -0.5, 0.5);
  let ballX = between(world, -0.4, -0.1);
  let ballY = between(world, -0.45, 0.45);
  let angle = between(world, -3.14159265, 3.14159265);
  put(world, 0u, vec2f(x, y), angle);
  put(world, 1u, vec2f(ballX + 0.1, ballY), 3.14159265);
  (*world).ball = vec2f(ballX, ballY);
}

fn promise(world: ptr<function, World>) -> f32 {
  let at = (*world).robots[0].position;
  let away = max(vec2f(at.x + HALF_LENGTH, abs(at.y)) - AREA, vec2f(0.0));
  return -sqrt(dot(away, away));
}

fn result(world: ptr<function, World>) -> f32 {
  let at = (*world).robots[0].position;
  return select(0.0, 1.0, at.x + HALF_LENGTH < AREA.x && abs(at.y) < AREA.y);
}
