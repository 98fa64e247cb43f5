// Built-in functions in terms of others, beside those of math.wgsl. Compiled with the compiler itself.

fn arcTangent(x: f32) -> f32 {
  return approxAtan2(x, 1.0);
}

fn arcSine(x: f32) -> f32 {
  return approxAtan2(x, sqrt(max(0.0, (1.0 - x) * (1.0 + x))));
}

fn arcCosine(x: f32) -> f32 {
  return approxAtan2(sqrt(max(0.0, (1.0 - x) * (1.0 + x))), x);
}

fn hyperbolicSine(x: f32) -> f32 {
  return 0.5 * (approxExp(x) - approxExp(-x));
}

fn hyperbolicCosine(x: f32) -> f32 {
  return 0.5 * (approxExp(x) + approxExp(-x));
}

fn areaSine(x: f32) -> f32 {
  let a = abs(x);
  return sign(x) * approxLog(a + sqrt(a * a + 1.0));
}

fn areaCosine(x: f32) -> f32 {
  return approxLog(x + sqrt((x - 1.0) * (x + 1.0)));
}

fn areaTangent(x: f32) -> f32 {
  return 0.5 * approxLog((1.0 + x) / (1.0 - x));
}

fn powerOfTwo(e: i32) -> f32 {
  return bitcast<f32>(u32(clamp(e, -126, 127) + 127) << 23u);
}

// In two steps, each of which has an exponent that f32 holds.
fn loadExponent(x: f32, e: i32) -> f32 {
  let half = e >> 1u;
  return x * powerOfTwo(half) * powerOfTwo(e - half);
}

const SMALLEST_NORMAL = 1.1754944e-38;

fn fractionOf(x: f32) -> f32 {
  let y = select(x, x * 16777216.0, abs(x) < SMALLEST_NORMAL);
  let half = bitcast<f32>((bitcast<u32>(y) & 0x807fffffu) | 0x3f000000u);
  return select(half, x, x == 0.0);
}

fn exponentOf(x: f32) -> i32 {
  let isTiny = abs(x) < SMALLEST_NORMAL;
  let y = select(abs(x), abs(x) * 16777216.0, isTiny);
  let e = i32(bitcast<u32>(y) >> 23u) - 126 - select(0, 24, isTiny);
  return select(e, 0, x == 0.0);
}

// The nearest 16-bit float, ties to even (IEEE 754 binary16).
fn halfBits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let a = bits & 0x7fffffffu;
  let normal = (a - 0x38000000u + 0xfffu + ((a >> 13u) & 1u)) >> 13u;
  let subnormal = u32(round(bitcast<f32>(min(a, 0x38800000u)) * 16777216.0));
  let finite = min(select(normal, subnormal, a < 0x38800000u), 0x7c00u);
  return ((bits >> 16u) & 0x8000u) | select(finite, 0x7e00u, a > 0x7f800000u);
}

fn halfValue(half: u32) -> f32 {
  let e = (half >> 10u) & 31u;
  let m = half & 1023u;
  let normal = bitcast<f32>(((e + 112u) << 23u) | (m << 13u));
  let special = bitcast<f32>(0x7f800000u | (m << 13u));
  let a = select(select(normal, f32(m) * 5.9604644775390625e-8, e == 0u), special, e == 31u);
  return select(a, -a, (half & 0x8000u) != 0u);
}

fn throughHalf(x: f32) -> f32 {
  return halfValue(halfBits(x));
}
