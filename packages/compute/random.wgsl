// Random numbers from integers: equal to the bit on both targets. Append this text after your own.

// PCG-RXS-M-XS output of one LCG step (O'Neill 2014; Jarzynski and Olano 2020): 32 well-mixed bits.
fn pcgHash(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

// One hash of two numbers; the order matters.
fn pcgHash2(a: u32, b: u32) -> u32 {
  return pcgHash(pcgHash(a) + b);
}

// One hash of three numbers; the order matters.
fn pcgHash3(a: u32, b: u32, c: u32) -> u32 {
  return pcgHash(pcgHash2(a, b) + c);
}

// [0, 1) in steps of 2^-24 from 32 random bits; exact on both targets.
fn uniformFloat(bits: u32) -> f32 {
  return f32(bits >> 8u) * 5.9604644775390625e-8;
}

// [low, high) from 32 random bits.
fn uniformBetween(bits: u32, low: f32, high: f32) -> f32 {
  return low + uniformFloat(bits) * (high - low);
}

// 0 .. count - 1 from 32 random bits, by the upper 16 (count at most 65536).
fn uniformBelow(bits: u32, count: u32) -> u32 {
  return ((bits >> 16u) * count) >> 16u;
}
