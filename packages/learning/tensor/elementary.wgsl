// Elementary functions with the ends that IEEE 754 gives them: overflow is infinity, underflow is 0, the
// logarithm of 0 is -infinity, of less it is NaN, and NaN stays NaN, so that a loss that went wrong says
// so. In between they are those of compute's math.wgsl, which is appended too.

// By its bits: compilers may take x != x for false.
fn isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// The larger of two; a NaN in either stays.
fn largerOrNan(a: f32, b: f32) -> f32 {
  return select(a, b, b > a || isNan(b));
}

// exp(x): relative error at most 3e-7.
fn tensorExp(x: f32) -> f32 {
  let above = select(x, 89.0, x > 89.0);
  // Denormal results are 0: CPUs take a hundred times as long for them, and softmax has many.
  let isTiny = x < -87.33;
  let y = select(above, -87.33, above < -87.33);
  let k = round(y * 1.44269504089);
  let r = (y - k * 0.693359375) + k * 2.12194440e-4;
  // Cephes expf (Moshier 1992).
  var p = 1.9875691500e-4;
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  // 2^k from the low bits of k + 1.5 * 2^23, as two factors: k is from -126 to 128.
  let whole = bitcast<u32>(k + 12582912.0) - 0x4b400000u;
  let half = bitcast<u32>(bitcast<i32>(whole) >> 1u);
  let first = bitcast<f32>((half + 127u) << 23u);
  let second = bitcast<f32>((whole - half + 127u) << 23u);
  return select(((p * r * r + r) + 1.0) * first * second, 0.0, isTiny);
}

// log(x): error at most 2e-7 absolute or relative, whichever is larger; denormals count as the least
// normal number.
fn tensorLog(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  // Zeros, negatives, infinity and NaN: all but the bits of finite positive numbers.
  let isEnd = bits - 1u >= 0x7f7fffffu;
  let negative = select(0x7fc00000u, 0xff800000u, x == 0.0);
  let end = select(bits, negative, x <= 0.0);
  return bitcast<f32>(select(bitcast<u32>(approxLog(x)), end, isEnd));
}

fn tensorTanh(x: f32) -> f32 {
  return select(approxTanh(x), x, isNan(x));
}

fn tensorSigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + tensorExp(-x));
}

// The 16 bits of the half nearest to x, ties to even, by integers alone: beyond 65520 it is infinite on
// every target (pack2x16float leaves that open).
fn halfBits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  let normal = (size - 0x38000000u + 0xfffu + ((size >> 13u) & 1u)) >> 13u;
  // Below 2^-14 halves are multiples of 2^-24: adding 1/2 rounds there.
  let small = bitcast<u32>(bitcast<f32>(size) + 0.5) - 0x3f000000u;
  let large = select(0x7c00u, 0x7e00u, size > 0x7f800000u);
  let finite = select(normal, small, size < 0x38800000u);
  return select(finite, large, size >= 0x47800000u) | ((bits >> 16u) & 0x8000u);
}

// The value of the low 16 bits.
fn halfValue(half: u32) -> f32 {
  let size = (half & 0x7fffu) << 13u;
  let exponent = size & 0x0f800000u;
  let normal = bitcast<f32>(size + select(0x38000000u, 0x70000000u, exponent == 0x0f800000u));
  let small = bitcast<f32>(size + 0x38800000u) - 6.103515625e-5;
  let value = select(normal, small, exponent == 0u);
  return bitcast<f32>(bitcast<u32>(value) | ((half & 0x8000u) << 16u));
}

fn roundToHalf(x: f32) -> f32 {
  return halfValue(halfBits(x));
}

fn fourHalves(words: vec2u) -> vec4f {
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}

// The one of two halves in a word that the place says.
fn halfAt(word: u32, place: u32) -> f32 {
  return halfValue(word >> ((place & 1u) << 4u));
}
