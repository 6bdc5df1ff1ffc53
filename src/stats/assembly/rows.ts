import { multiplyAdd } from '../../soap/assembly/simd';

/** Two numbers of float32 or float64, as float64. */
@inline
function loadTwo<T>(at: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(at);
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** to[r][c] = from[r][c] − shift[c], from float32 or float64. */
function center<T>(from: usize, shift: usize, to: usize, rows: i32, columns: i32): void {
  const whole = columns & ~1;
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < whole; c += 2) {
      const at: usize = 8 * <usize>c;
      v128.store(to + at, f64x2.sub(loadTwo<T>(from + sizeof<T>() * <usize>c), v128.load(shift + at)));
    }
    if (whole < columns) {
      const at: usize = 8 * <usize>whole;
      store<f64>(to + at, <f64>load<T>(from + sizeof<T>() * <usize>whole) - load<f64>(shift + at));
    }
    from += sizeof<T>() * <usize>columns;
    to += 8 * <usize>columns;
  }
}

export function center32(from: usize, shift: usize, to: usize, rows: i32, columns: i32): void {
  center<f32>(from, shift, to, rows, columns);
}

export function center64(from: usize, shift: usize, to: usize, rows: i32, columns: i32): void {
  center<f64>(from, shift, to, rows, columns);
}

/** sums[c] += Σ_r (values[r][c] − shift[c]), four rows at a time. */
function addDistances<T>(values: usize, shift: usize, rows: i32, columns: i32, sums: usize): void {
  const step: usize = sizeof<T>() * <usize>columns;
  const whole = columns & ~1;
  for (let row = 0; row < rows; row += 4) {
    const n = min(4, rows - row);
    for (let c = 0; c < whole; c += 2) {
      const at: usize = 8 * <usize>c;
      const origin = v128.load(shift + at);
      let place = values + sizeof<T>() * <usize>c;
      let sum = f64x2.sub(loadTwo<T>(place), origin);
      if (n == 4) {
        const second = f64x2.sub(loadTwo<T>(place + step), origin);
        const third = f64x2.sub(loadTwo<T>(place + 2 * step), origin);
        const fourth = f64x2.sub(loadTwo<T>(place + 3 * step), origin);
        sum = f64x2.add(f64x2.add(sum, second), f64x2.add(third, fourth));
      } else {
        for (let i = 1; i < n; i++) {
          place += step;
          sum = f64x2.add(sum, f64x2.sub(loadTwo<T>(place), origin));
        }
      }
      v128.store(sums + at, f64x2.add(v128.load(sums + at), sum));
    }
    if (whole < columns) {
      const at: usize = 8 * <usize>whole;
      let place = values + sizeof<T>() * <usize>whole;
      let sum: f64 = 0;
      for (let i = 0; i < n; i++) {
        sum += <f64>load<T>(place) - load<f64>(shift + at);
        place += step;
      }
      store<f64>(sums + at, load<f64>(sums + at) + sum);
    }
    values += <usize>n * step;
  }
}

export function addDistances32(values: usize, shift: usize, rows: i32, columns: i32, sums: usize): void {
  addDistances<f32>(values, shift, rows, columns, sums);
}

export function addDistances64(values: usize, shift: usize, rows: i32, columns: i32, sums: usize): void {
  addDistances<f64>(values, shift, rows, columns, sums);
}

/** Σ x². */
export function sumSquares(values: usize, count: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  const end = values + 8 * <usize>count;
  for (; values + 32 <= end; values += 32) {
    const first = v128.load(values);
    const second = v128.load(values, 16);
    even = multiplyAdd<f64>(first, first, even);
    odd = multiplyAdd<f64>(second, second, odd);
  }
  const sums = f64x2.add(even, odd);
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (; values < end; values += 8) sum += load<f64>(values) * load<f64>(values);
  return sum;
}
