// A network of one hidden layer (tanh) from any observation to any action, many networks in one
// dispatch; soccer's own, faster one is network.wgsl. Axes and the lanes as there; A action numbers,
// K outputs: one for each choice, or one for each number.

const WORKGROUP = 64u;
const INPUTS = 4u; // D, or the count of choices that an observation is one of
const HIDDEN = 16u; // H, a multiple of 4
const OUTPUTS = 2u; // K
const ACTIONS = 1u; // A
const SEES_CHOICE = 0u; // 1: an observation is one of INPUTS choices
const ACTION_KIND = 0u; // 0 a choice, 1 numbers (f32), 2 whole numbers (int8)

// Parameters of one network, in order: hidden biases [H], input weights [D, H], output biases [K],
// output weights [H, K].
const OUTPUT_BIASES = (INPUTS + 1u) * HIDDEN;
const PARAMETERS = OUTPUT_BIASES + OUTPUTS * (HIDDEN + 1u); // P

@group(0) @binding(0) var<storage, read> observations: array<u32>; // [N * R, D]: bits of f32 or i32
@group(0) @binding(1) var<storage, read_write> actions: array<u32>; // [N * R, A]: bits of f32 or i32
@group(0) @binding(2) var<storage, read> agents: array<u32>; // [L]: world * R + agent
@group(0) @binding(3) var<storage, read> networkOf: array<u32>; // [L / 4]
@group(0) @binding(4) var<storage, read> networks: array<f32>; // [networks, P]
@group(0) @binding(5) var<storage, read> scales: array<f32>; // [D]: factors of the inputs
@group(0) @binding(6) var<storage, read> ranges: array<vec2f>; // [A]: low and high

fn hiddenSum(agent: u32, network: u32, h: u32) -> f32 {
  var sum = networks[network + h];
  if (SEES_CHOICE == 1u) {
    return sum + networks[network + (min(observations[agent], INPUTS - 1u) + 1u) * HIDDEN + h];
  }
  for (var i = 0u; i < INPUTS; i++) {
    let seen = bitcast<f32>(observations[agent * INPUTS + i]) * scales[i];
    sum += clamp(seen, -8.0, 8.0) * networks[network + (i + 1u) * HIDDEN + h];
  }
  return sum;
}

@compute @workgroup_size(WORKGROUP)
fn act(@builtin(global_invocation_id) id: vec3u) {
  let agent = agents[id.x];
  let network = networkOf[id.x >> 2u] * PARAMETERS;
  var outputs: array<f32, OUTPUTS>;
  for (var k = 0u; k < OUTPUTS; k++) {
    outputs[k] = networks[network + OUTPUT_BIASES + k];
  }
  for (var h = 0u; h < HIDDEN; h++) {
    let unit = approxTanh(hiddenSum(agent, network, h));
    for (var k = 0u; k < OUTPUTS; k++) {
      outputs[k] += unit * networks[network + OUTPUT_BIASES + OUTPUTS + h * OUTPUTS + k];
    }
  }
  if (ACTION_KIND == 0u) {
    var best = 0u;
    var most = outputs[0];
    for (var k = 1u; k < OUTPUTS; k++) {
      if (outputs[k] > most) {
        best = k;
        most = outputs[k];
      }
    }
    actions[agent] = best + u32(ranges[0].x);
  } else {
    for (var a = 0u; a < ACTIONS; a++) {
      let low = ranges[a].x;
      let high = ranges[a].y;
      let value = low + (0.5 + 0.5 * approxTanh(outputs[a])) * (high - low);
      actions[agent * ACTIONS + a] = select(
        bitcast<u32>(value), bitcast<u32>(i32(round(value))), ACTION_KIND == 2u);
    }
  }
}
