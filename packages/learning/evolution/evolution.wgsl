// An evolution strategy (Salimans et al. 2017, arXiv 1703.03864): all that a generation computes
// but for playing. Axes: M members (even and odd ones are antithetic pairs), W worlds per member,
// E worlds in which the mean player plays, N = M * W + E worlds, R agents per world of which TEAM
// are the player's, D features, P parameters. World n < M * W belongs to member n / W; the player's
// team comes first (blue) in even worlds and last (orange) in odd ones.

const MEMBERS = 128u; // M
const WORLDS_PER_MEMBER = 16u; // W, a multiple of 4
const WORLDS = 2112u; // N
const AGENTS = 2u; // R
const TEAM = 1u;
const FEATURES = 24u; // D
const PARAMETERS = 434u; // P
const SHAPED = 2u; // dimensions of the observation that shape the fitness
const FIRST_EPISODE = 0u; // 1: in every world only its first episode counts

struct Settings {
  seed: u32,
  generation: u32,
  noiseScale: f32, // sigma
  learningRate: f32, // alpha
  weightDecay: f32,
  momentumDecay: f32, // Adam's beta 1
  varianceDecay: f32, // Adam's beta 2
  momentumCorrection: f32, // 1 / (1 - beta 1 ^ t)
  varianceCorrection: f32, // 1 / (1 - beta 2 ^ t)
  shapingScale: f32, // factor of all shaping in this generation, over its steps
}

struct Shaping {
  dimension: u32,
  weight: f32, // fitness at value 1 throughout the generation
}

@group(0) @binding(0) var<uniform> settings: Settings;
// [M + 1 + pool, P]: the members, the mean player, then earlier versions.
@group(0) @binding(1) var<storage, read_write> networks: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameters: array<f32>; // [P]: theta, the mean
@group(0) @binding(3) var<storage, read_write> moments: array<f32>; // [2, P]: Adam's two
@group(0) @binding(4) var<storage, read> rewards: array<f32>; // [N, R]
@group(0) @binding(5) var<storage, read> observations: array<f32>; // [N, R, D]
@group(0) @binding(6) var<storage, read> shaping: array<Shaping>; // [SHAPED]
// [4, N]: what the player's team gained, what it lost (both >= 0), and its shaping, sums over steps;
// and with FIRST_EPISODE, 1 where that episode is over.
@group(0) @binding(7) var<storage, read_write> tallies: array<f32>;
@group(0) @binding(8) var<storage, read_write> fitness: array<f32>; // [M]
@group(0) @binding(9) var<storage, read_write> utilities: array<f32>; // [M]
@group(0) @binding(10) var<storage, read> ends: array<u32>; // [N]: bits 1 and 2: the episode is over

// Noise of one parameter of one pair: mean 0, variance 1, from integers alone, so that it is the
// same on every target and needs no storage. The sum of eight bytes of two hashes: an Irwin-Hall
// distribution, whose excess kurtosis of -0.15 an evolution strategy does not notice.
fn noise(key: u32, parameter: u32) -> f32 {
  let a = pcgHash2(key, parameter);
  let b = pcgHash(a);
  let pairs = (a & 0x00ff00ffu) + ((a >> 8u) & 0x00ff00ffu)
    + (b & 0x00ff00ffu) + ((b >> 8u) & 0x00ff00ffu);
  let sum = (pairs & 0xffffu) + (pairs >> 16u);
  // Mean 8 * 127.5; variance of a byte (65536 - 1) / 12.
  return (f32(sum) - 1020.0) * 0.0047842983;
}

// Before a generation: member 2 p has theta + sigma e_p, member 2 p + 1 has theta - sigma e_p, and
// behind them stands theta itself.
@compute @workgroup_size(64)
fn perturb(@builtin(global_invocation_id) id: vec3u) {
  let parameter = id.x;
  let member = id.y;
  if (parameter < PARAMETERS) {
    let key = pcgHash3(settings.seed, settings.generation, member >> 1u);
    let sign = select(1.0 - 2.0 * f32(member & 1u), 0.0, member == MEMBERS);
    let step = sign * settings.noiseScale * noise(key, parameter);
    networks[member * PARAMETERS + parameter] = parameters[parameter] + step;
  }
}

// Also before a generation, over the 4 N tallies.
@compute @workgroup_size(64)
fn clear(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < 4u * WORLDS) {
    tallies[id.x] = 0.0;
  }
}

// After every step: the team's rewards, and of the shaped features the best of the team's robots,
// so that one robot near the ball earns what it earns and the others need not crowd it.
@compute @workgroup_size(64)
fn tally(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < WORLDS) {
    let first = id.x * AGENTS + (id.x & 1u) * (AGENTS - TEAM);
    let reward = rewards[first];
    var shaped = 0.0;
    for (var k = 0u; k < SHAPED; k++) {
      let dimension = shaping[k].dimension;
      var best = observations[first * FEATURES + dimension];
      for (var robot = 1u; robot < TEAM; robot++) {
        best = max(best, observations[(first + robot) * FEATURES + dimension]);
      }
      shaped += shaping[k].weight * best;
    }
    var share = 1.0;
    if (FIRST_EPISODE == 1u) {
      share = 1.0 - tallies[3u * WORLDS + id.x];
      if ((ends[id.x] & 3u) != 0u) {
        tallies[3u * WORLDS + id.x] = 1.0;
      }
    }
    tallies[id.x] += share * max(reward, 0.0);
    tallies[WORLDS + id.x] += share * max(-reward, 0.0);
    tallies[2u * WORLDS + id.x] += share * shaped;
  }
}

// After a generation: the mean over a member's worlds of what it gained less what it lost, and of
// its shaping.
@compute @workgroup_size(64)
fn assess(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < MEMBERS) {
    var sum = 0.0;
    for (var w = 0u; w < WORLDS_PER_MEMBER; w++) {
      let world = id.x * WORLDS_PER_MEMBER + w;
      sum += tallies[world] - tallies[WORLDS + world]
        + settings.shapingScale * tallies[2u * WORLDS + world];
    }
    fitness[id.x] = sum * (1.0 / f32(WORLDS_PER_MEMBER));
  }
}

// Rank shaping (Salimans et al. 2017, section 2): the worst member's utility is -0.5, the best one's
// 0.5; equal ones share the mean of their ranks.
@compute @workgroup_size(64)
fn rank(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < MEMBERS) {
    let own = fitness[id.x];
    var below = -0.5; // itself is among the equal ones
    for (var other = 0u; other < MEMBERS; other++) {
      let theirs = fitness[other];
      below += select(select(0.0, 0.5, theirs == own), 1.0, theirs < own);
    }
    utilities[id.x] = below * (1.0 / f32(MEMBERS - 1u)) - 0.5;
  }
}

// The gradient estimate of the antithetic pairs (same paper, algorithm 1 and section 2.1), climbed by
// Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019).
@compute @workgroup_size(64)
fn climb(@builtin(global_invocation_id) id: vec3u) {
  let parameter = id.x;
  if (parameter < PARAMETERS) {
    var sum = 0.0;
    for (var pair = 0u; pair < MEMBERS / 2u; pair++) {
      let key = pcgHash3(settings.seed, settings.generation, pair);
      let gain = utilities[2u * pair] - utilities[2u * pair + 1u];
      sum += gain * noise(key, parameter);
    }
    let gradient = sum / (f32(MEMBERS) * settings.noiseScale);
    let first = gradient + (moments[parameter] - gradient) * settings.momentumDecay;
    let square = gradient * gradient;
    let second = square + (moments[PARAMETERS + parameter] - square) * settings.varianceDecay;
    moments[parameter] = first;
    moments[PARAMETERS + parameter] = second;
    let rise = first * settings.momentumCorrection
      / (sqrt(second * settings.varianceCorrection) + 1e-8);
    let theta = parameters[parameter];
    parameters[parameter] = theta
      + settings.learningRate * (rise - settings.weightDecay * theta);
  }
}
