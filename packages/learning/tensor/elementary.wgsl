// Elementary functions with the ends that IEEE 754 gives them: overflow is infinity, underflow is 0, the
// logarithm of 0 is -infinity, of less it is NaN, and NaN stays NaN, so that a loss that went wrong says
// so. In between they are those of compute's math.wgsl, which is appended too.

// By its bits: compilers may take x != x for false.
fn isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// exp(x): relative error at most 3e-7.
fn tensorExp(x: f32) -> f32 {
  let above = select(x, 89.0, x > 89.0);
  let y = select(above, -104.0, above < -104.0);
  let k = round(y * 1.44269504089);
  let r = (y - k * 0.693359375) + k * 2.12194440e-4;
  // Cephes expf (Moshier 1992).
  var p = 1.9875691500e-4;
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  // 2^k from the low bits of k + 1.5 * 2^23, as two factors: k is from -150 to 128.
  let whole = bitcast<u32>(k + 12582912.0) - 0x4b400000u;
  let half = bitcast<u32>(bitcast<i32>(whole) >> 1u);
  let first = bitcast<f32>((half + 127u) << 23u);
  let second = bitcast<f32>((whole - half + 127u) << 23u);
  return ((p * r * r + r) + 1.0) * first * second;
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
