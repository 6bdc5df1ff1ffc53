/**
 * The derivative of f at 0 from central differences of steps h, h/2 and h/4, extrapolated twice (Richardson): what is left is of
 * order h⁶ f⁽⁷⁾, and three times the rounding errors of f over h/4.
 */
export function differentiate(f: (shift: number) => Float64Array, h: number): Float64Array {
  const [coarse, middle, fine] = [h, h / 2, h / 4].map((step) => centralDifference(f, step)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const first = middle.map((value, i) => (4 * value - coarse[i]!) / 3);
  const second = fine.map((value, i) => (4 * value - middle[i]!) / 3);
  return second.map((value, i) => (16 * value - first[i]!) / 15);
}

function centralDifference(f: (shift: number) => Float64Array, step: number): Float64Array {
  const [after, before] = [f(step), f(-step)];
  return after.map((value, i) => (value - before[i]!) / (2 * step));
}
