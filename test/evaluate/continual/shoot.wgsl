
// Shoot: the ball into the open goal. Orange stands in a corner far behind.
fn stage(world: ptr<function, World>) {
  let x = between(world, -0.3, 0.1);
  let y = between(world, -0.45, 0.45);
  let ballX = between(world, 0.15, 0.5);
  let ballY = between(world, -0.4, 0.4);
  let angle = between(world, -3.14159265, 3.14159265);
  put(world, 0u, vec2f(x, y), angle);
  put(world, 1u, vec2f(-0.65, 0.5), 0.0);
  (*world).ball = vec2f(ballX, ballY);
}

fn promise(world: ptr<function, World>) -> f32 {
  return advantage((*world).ball) - 0.3 * distanceToBall(world, 0u);
}

fn result(world: ptr<function, World>) -> f32 {
  return select(0.0, 1.0, (*world).ball.x > GOAL_LINE) - select(0.0, 1.0, (*world).ball.x < -GOAL_LINE);
}
