/** What no number of the product falls below. */
@inline
export function floorOf(isRectified: bool): v128 {
  return f32x4.splat(isRectified ? 0 : -Infinity);
}

/** Puts four sums where they belong. NaN stays NaN, since the floor is taken only where a sum is below it. */
@inline
export function finish(c: usize, sums: v128, isFirst: bool, bias: v128, floor: v128): void {
  if (!isFirst) sums = f32x4.add(v128.load(c), sums);
  v128.store(c, f32x4.pmax(f32x4.add(sums, bias), floor));
}

/** The same of the first sum alone. */
@inline
export function finishOne(c: usize, sums: v128, isFirst: bool, bias: v128, floor: v128): void {
  if (!isFirst) sums = f32x4.add(v128.load32_zero(c), sums);
  v128.store_lane<f32>(c, f32x4.pmax(f32x4.add(sums, bias), floor), 0);
}
