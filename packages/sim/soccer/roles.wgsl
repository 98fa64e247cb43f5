// Roles of field players, appended to soccer.wgsl: the last robot of a team is its keeper, the first
// its attacker, one between them a defender. A robot sees its role and pays for leaving its zone.

const ROLES = 3u; // attacker, defender, keeper
const ATTACKER = 0u;
const DEFENDER = 1u;
const KEEPER = 2u;
const REWARD_ZONE = 0.004; // lost per tick and metre outside of the role's zone

fn roleOf(robot: u32) -> u32 {
  let slot = robot % TEAM;
  return select(select(DEFENDER, KEEPER, slot + 1u == TEAM), ATTACKER, slot == 0u);
}

// Metres by which a robot is outside of its zone, along the pitch.
fn outsideZone(x: f32, role: u32) -> f32 {
  let low = select(-HALF_LENGTH, -0.25, role == ATTACKER);
  let high = select(select(0.2, -0.4, role == KEEPER), HALF_LENGTH, role == ATTACKER);
  return max(max(low - x, x - high), 0.0);
}

fn roleReward(world: ptr<function, World>, i: u32) -> f32 {
  return -REWARD_ZONE * outsideZone((*world).robots[i].position.x * sideOf(i), roleOf(i));
}

fn observeRole(i: u32, at: u32) {
  let role = roleOf(i);
  for (var r = 0u; r < ROLES; r++) {
    observations[at].role[r] = select(0.0, 1.0, r == role);
  }
}
