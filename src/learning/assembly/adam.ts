const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
// Not 1 minus what has been rounded: 1 - 0.999 would be wrong in the fifth digit.
const MEAN_SHARE: f32 = 0.1;
const SQUARE_SHARE: f32 = 0.001;
const EPSILON: f32 = 1e-7;
const LEAST_MOMENT: f32 = 7.888609052210118e-31; // 2^-100

/**
 * One step of Adam for `count` weights: moves the two moments and the weights, in place. Vectors of 4, then the rest in vectors of which one number counts, so that each weight is computed alike wherever it is.
 *
 * @param rate the learning rate with the bias correction of the mean
 * @param rootScale the square root of the bias correction of the squares
 */
export function adamStep(
  weights: usize,
  gradients: usize,
  means: usize,
  squares: usize,
  count: i32,
  rate: f32,
  rootScale: f32,
): void {
  const end = <usize>count * 4;
  const whole: usize = end & ~15;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const gradient = v128.load(gradients + at);
    const mean = movedMean(v128.load(means + at), gradient);
    const square = movedSquare(v128.load(squares + at), gradient);
    v128.store(means + at, mean);
    v128.store(squares + at, square);
    v128.store(weights + at, movedWeight(v128.load(weights + at), mean, square, rate, rootScale));
  }
  for (; at < end; at += 4) {
    const gradient = v128.load32_zero(gradients + at);
    const mean = movedMean(v128.load32_zero(means + at), gradient);
    const square = movedSquare(v128.load32_zero(squares + at), gradient);
    v128.store_lane<f32>(means + at, mean, 0);
    v128.store_lane<f32>(squares + at, square, 0);
    v128.store_lane<f32>(weights + at, movedWeight(v128.load32_zero(weights + at), mean, square, rate, rootScale), 0);
  }
}

@inline
function movedMean(mean: v128, gradient: v128): v128 {
  const kept = f32x4.mul(mean, f32x4.splat(MEAN_DECAY));
  return withoutTraces(f32x4.add(kept, f32x4.mul(gradient, f32x4.splat(MEAN_SHARE))));
}

@inline
function movedSquare(square: v128, gradient: v128): v128 {
  const added = f32x4.mul(f32x4.mul(gradient, gradient), f32x4.splat(SQUARE_SHARE));
  return withoutTraces(f32x4.add(f32x4.mul(square, f32x4.splat(SQUARE_DECAY)), added));
}

@inline
function movedWeight(weight: v128, mean: v128, square: v128, rate: f32, rootScale: f32): v128 {
  const root = f32x4.add(f32x4.mul(f32x4.sqrt(square), f32x4.splat(rootScale)), f32x4.splat(EPSILON));
  return f32x4.sub(weight, f32x4.div(f32x4.mul(mean, f32x4.splat(rate)), root));
}

/**
 * The moments of a weight whose gradient stays 0 decay to subnormal numbers, which processors handle in microcode, a
 * hundred times as slowly, and stay there, since nine tenths of the smallest are rounded to the smallest. They become 0
 * before, but beyond what the weight can show: beside ε, a mean of 2^-100 moves it by 1e-23 of the learning rate, and the
 * root of a square of 2^-100 is 1e-8 ε. NaN stays.
 */
@inline
function withoutTraces(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(LEAST_MOMENT)));
}
