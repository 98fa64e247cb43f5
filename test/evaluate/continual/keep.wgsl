
// Keep: a shot comes from where orange stands; it must not go in.
fn stage(world: ptr<function, World>) {
  let ballX = between(world, 0.1, 0.5);
  let ballY = between(world, -0.45, 0.45);
  let x = between(world, -0.68, -0.55);
  let y = between(world, -0.2, 0.2);
  let angle = between(world, -3.14159265, 3.14159265);
  let aim = between(world, -0.16, 0.16);
  let speed = between(world, 1.0, 1.5);
  let ball = vec2f(ballX, ballY);
  let way = vec2f(-HALF_LENGTH, aim) - ball;
  let direction = way * (1.0 / sqrt(dot(way, way)));
  put(world, 0u, vec2f(x, y), angle);
  put(world, 1u, ball - direction * 0.12, 0.0);
  (*world).ball = ball;
  (*world).ballVelocity = direction * speed;
}

fn promise(world: ptr<function, World>) -> f32 {
  return 0.0;
}

fn result(world: ptr<function, World>) -> f32 {
  let saved = (*world).lastTouch == 0u && (*world).ballVelocity.x > -0.05;
  return select(0.0, 1.0, saved) - select(0.0, 1.0, (*world).ball.x < -GOAL_LINE);
}
