/** Multiplies `count` numbers by a factor, in place. */
export function scale(numbers: usize, count: i32, factor: f32): void {
  const end = numbers + <usize>count * 4;
  const whole = numbers + (<usize>(count & ~3) * 4);
  const factors = f32x4.splat(factor);
  for (; numbers < whole; numbers += 16) v128.store(numbers, f32x4.mul(v128.load(numbers), factors));
  for (; numbers < end; numbers += 4) store<f32>(numbers, load<f32>(numbers) * factor);
}

/**
 * Takes derivatives through ReLU and the scale behind it, in place: d becomes d · factor where what ReLU gave is above 0,
 * else 0.
 */
export function reluSlope(derivatives: usize, activated: usize, count: i32, factor: f32): void {
  const end = derivatives + <usize>count * 4;
  const whole = derivatives + (<usize>(count & ~3) * 4);
  const factors = f32x4.splat(factor);
  const zero = f32x4.splat(0);
  for (; derivatives < whole; derivatives += 16) {
    const isOpen = f32x4.gt(v128.load(activated), zero);
    v128.store(derivatives, v128.and(f32x4.mul(v128.load(derivatives), factors), isOpen));
    activated += 16;
  }
  for (; derivatives < end; derivatives += 4) {
    store<f32>(derivatives, load<f32>(activated) > 0 ? load<f32>(derivatives) * factor : 0);
    activated += 4;
  }
}
