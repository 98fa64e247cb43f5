// A network of one hidden layer (tanh) from an observation to two wheel speeds, many networks in
// one dispatch. Axes: L agents driven, D inputs, H hidden units, P parameters of one network.
// Four consecutive agents share a network, so that on WASM a parameter is one scalar load.
// L is a whole number of workgroups (whoever fills `agents` repeats its last one): no guard.

const WORKGROUP = 64u;
const INPUTS = 24u; // D
const HIDDEN = 16u; // H, a multiple of 4
const WHEEL_MAX = 127.0; // int8 wheel speeds

// Parameters of one network, in order: hidden biases [H], input weights [D, H], output biases [2],
// output weights [H, 2].
const OUTPUTS = (INPUTS + 1u) * HIDDEN; // where the output biases are
const PARAMETERS = OUTPUTS + 2u * (HIDDEN + 1u); // P

@group(0) @binding(0) var<storage, read> observations: array<f32>; // [N * R, D]
@group(0) @binding(1) var<storage, read_write> actions: array<i32>; // [N * R, 2]
@group(0) @binding(2) var<storage, read> agents: array<u32>; // [L]: world * R + agent
@group(0) @binding(3) var<storage, read> networkOf: array<u32>; // [L / 4]
@group(0) @binding(4) var<storage, read> networks: array<f32>; // [networks, P]

// Four hidden biases, or four weights of one input.
fn four(at: u32) -> vec4f {
  return vec4f(networks[at], networks[at + 1u], networks[at + 2u], networks[at + 3u]);
}

@compute @workgroup_size(WORKGROUP)
fn act(@builtin(global_invocation_id) id: vec3u) {
  let agent = agents[id.x];
  let network = networkOf[id.x >> 2u] * PARAMETERS;
  var inputs: array<f32, INPUTS>;
  for (var i = 0u; i < INPUTS; i++) {
    inputs[i] = observations[agent * INPUTS + i];
  }
  var forward = networks[network + OUTPUTS];
  var turn = networks[network + OUTPUTS + 1u];
  for (var h = 0u; h < HIDDEN; h += 4u) {
    var sum = four(network + h);
    for (var i = 0u; i < INPUTS; i++) {
      sum += inputs[i] * four(network + (i + 1u) * HIDDEN + h);
    }
    for (var k = 0u; k < 4u; k++) {
      let unit = approxTanh(sum[k]);
      let out = network + OUTPUTS + 2u + 2u * (h + k);
      forward += unit * networks[out];
      turn += unit * networks[out + 1u];
    }
  }
  // Driving and turning as outputs, not left and right: straight ahead is then one parameter's work.
  let drive = approxTanh(forward);
  let steer = approxTanh(turn);
  actions[agent * 2u] = i32(round(WHEEL_MAX * clamp(drive - steer, -1.0, 1.0)));
  actions[agent * 2u + 1u] = i32(round(WHEEL_MAX * clamp(drive + steer, -1.0, 1.0)));
}
