// Elementary functions as polynomials, so that WebGPU and WASM agree (DESIGN 1). Append this text
// after your own; functions that nobody calls cost only parsing.
// Errors below are against float64 on strict WASM; a GPU may fuse and differs by a few more ulp.

// sin(x): absolute error at most 5e-7 for |x| <= 1000, 5e-6 for |x| <= 30000.
fn approxSin(x: f32) -> f32 {
  let k = round(x * 0.31830988618);
  return approxSinReduced(x, k, k);
}

// cos(x): same errors as approxSin. Half turns are counted from pi / 2, where cos has its zeros.
fn approxCos(x: f32) -> f32 {
  let n = floor(x * 0.31830988618);
  return approxSinReduced(x, n + 0.5, n + 1.0);
}

// sin(x - k pi) with the sign of half turn n. pi is split in three (Cody and Waite 1980), so that
// k times the first two is exact.
fn approxSinReduced(x: f32, k: f32, n: f32) -> f32 {
  let r = ((x - k * 3.140625) - k * 9.675025939941406e-4) - k * 1.509957990978376e-7;
  let r2 = r * r;
  // Minimax on |r| <= pi / 2, 5e-9.
  let tail = -1.6666657059e-1
    + r2 * (8.3330163564e-3 + r2 * (-1.9806547108e-4 + r2 * 2.5999032627e-6));
  let half = n * 0.5;
  let sign = 1.0 - 4.0 * (half - floor(half));
  return sign * (r + r * r2 * tail);
}

// exp(x): relative error at most 3e-7 for -87 <= x <= 88; x is clamped to that range.
fn approxExp(x: f32) -> f32 {
  let y = clamp(x, -87.0, 88.0);
  let k = round(y * 1.44269504089);
  let r = (y - k * 0.693359375) + k * 2.12194440e-4;
  // Cephes expf (Moshier 1992).
  var p = 1.9875691500e-4;
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  // 2^k from the low bits of k + 1.5 * 2^23: exact, and cheaper than a conversion.
  let power = (bitcast<u32>(k + 12582912.0) - 0x4b400000u + 127u) << 23u;
  return ((p * r * r + r) + 1.0) * bitcast<f32>(power);
}

// log(x): error at most 2e-7 absolute or relative, whichever is larger, for normal x > 0.
// Everything below the smallest normal number, zero and negatives too, gives -87.34.
fn approxLog(x: f32) -> f32 {
  let bits = bitcast<u32>(max(x, 1.1754944e-38));
  // Mantissa in [sqrt(1/2), sqrt(2)), so that log1p's series is short and there is no cancellation.
  let shifted = bits - 0x3f3504f3u;
  let e = f32(bitcast<i32>(shifted) >> 23u);
  let m = bitcast<f32>((shifted & 0x7fffffu) + 0x3f3504f3u) - 1.0;
  // Cephes logf (Moshier 1992).
  var p = 7.0376836292e-2;
  p = p * m - 1.1514610310e-1;
  p = p * m + 1.1676998740e-1;
  p = p * m - 1.2420140846e-1;
  p = p * m + 1.4249322787e-1;
  p = p * m - 1.6668057665e-1;
  p = p * m + 2.0000714765e-1;
  p = p * m - 2.4999993993e-1;
  p = p * m + 3.3333331174e-1;
  let m2 = m * m;
  let tail = (m * m2 * p - e * 2.12194440e-4) - 0.5 * m2;
  return (m + tail) + e * 0.693359375;
}

// x^y for x > 0: relative error at most 4e-7 * (1 + |y log x|).
fn approxPow(x: f32, y: f32) -> f32 {
  return approxExp(y * approxLog(x));
}

// tanh(x): absolute error at most 4e-7 everywhere.
fn approxTanh(x: f32) -> f32 {
  // Rational minimax on |x| <= 7.9 (as Eigen's fast float tanh); beyond it tanh is 1 to the ulp.
  let y = clamp(x, -7.90531110763549805, 7.90531110763549805);
  let z = y * y;
  var p = -2.76076847742355e-16;
  p = p * z + 2.00018790482477e-13;
  p = p * z - 8.60467152213735e-11;
  p = p * z + 5.12229709037114e-08;
  p = p * z + 1.48572235717979e-05;
  p = p * z + 6.37261928875436e-04;
  p = p * z + 4.89352455891786e-03;
  var q = 1.19825839466702e-06;
  q = q * z + 1.18534705686654e-04;
  q = q * z + 2.26843463243900e-03;
  q = q * z + 4.89352518554385e-03;
  return y * p / q;
}

// atan2(y, x): absolute error at most 5e-7; atan2(0, 0) is 0.
fn approxAtan2(y: f32, x: f32) -> f32 {
  let ay = abs(y);
  let ax = abs(x);
  let low = min(ay, ax);
  let high = max(ay, ax);
  // Above tan(pi / 8): atan(t) = pi / 4 + atan((t - 1) / (t + 1)).
  let upper = low > high * 0.41421356237;
  let t = select(low, low - high, upper) / max(select(high, low + high, upper), 1.1754944e-38);
  let z = t * t;
  // Cephes atanf (Moshier 1992).
  var p = 8.05374449538e-2;
  p = p * z - 1.38776856032e-1;
  p = p * z + 1.99777106478e-1;
  p = p * z - 3.33329491539e-1;
  var angle = p * z * t + t + select(0.0, 0.78539816340, upper);
  angle = select(angle, 1.57079632679 - angle, ay > ax);
  angle = select(angle, 3.14159265359 - angle, x < 0.0);
  return select(angle, -angle, y < 0.0);
}

// A standard normal number from two uniform ones in [0, 1) (Box and Muller 1958).
fn approxNormal(u: f32, v: f32) -> f32 {
  return sqrt(-2.0 * approxLog(1.0 - u)) * approxCos(6.28318530718 * v);
}
