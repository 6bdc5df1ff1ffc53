/** π/2 in parts of 33 bits, each with what it leaves out. */
const HALF_PI = [
  [1.57079632673412561417, 6.07710050650619224932e-11],
  [6.0771005063039659766e-11, 2.02226624879595063154e-21],
  [2.0222662487111664558e-21, 8.47842766036889956997e-32],
] as const;

/** Bits that may cancel before the next part of π/2 is needed. */
const CANCELLED = [16, 49] as const;

/** For so many quarters a glance at the upper half of a number tells that it is near none. */
const FEW_QUARTERS = 32;

/** Of so small a number the sine is the number. */
const TINY = 2 ** -27;

const COS = [
  4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5, -2.75573143513906633035e-7,
  2.0875723212981748279e-9, -1.13596475577881948265e-11,
];
const SIN = [
  -1.66666666666666324348e-1, 8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6,
  -2.50507602534068634195e-8, 1.58969099521155010221e-10,
];

/**
 * cos x for 0 ≤ x < 2^19, off by less than a unit in the last place, with the same bits in every engine: those of `Math.cos` differ in the last
 * one, and with them everything that is computed from a table of radial functions.
 *
 * It is the algorithm of fdlibm (Sun Microsystems 1993, e_rem_pio2.c, k_cos.c and k_sin.c), as the V8 of Node 20 to 24 has it.
 */
export function cosine(x: number): number {
  const { quarters, rest, tail } = quarterTurns(x);
  switch (quarters % 4) {
    case 0:
      return cosineNear0(rest, tail);
    case 1:
      return -sineNear0(rest, tail);
    case 2:
      return -cosineNear0(rest, tail);
    default:
      return sineNear0(rest, tail);
  }
}

/** x = quarters·π/2 + rest + tail with |rest| ≤ π/4. */
function quarterTurns(x: number): { quarters: number; rest: number; tail: number } {
  if (x <= Math.PI / 4) return { quarters: 0, rest: x, tail: 0 };
  const quarters = Math.floor(x * (2 / Math.PI) + 0.5);
  const isFar = quarters < FEW_QUARTERS && upperHalf(x) !== upperHalf((quarters * Math.PI) / 2);
  let left = x - quarters * HALF_PI[0][0];
  let correction = quarters * HALF_PI[0][1];
  for (const [i, limit] of CANCELLED.entries()) {
    if (isFar || exponent(x) - exponent(left - correction) <= limit) break;
    const [part, beyond] = HALF_PI[i + 1]!;
    const before = left;
    left = before - quarters * part;
    correction = quarters * beyond - (before - left - quarters * part);
  }
  const rest = left - correction;
  return { quarters, rest, tail: left - rest - correction };
}

function cosineNear0(x: number, tail: number): number {
  const z = x * x;
  const series = z * (COS[0]! + z * (COS[1]! + z * (COS[2]! + z * (COS[3]! + z * (COS[4]! + z * COS[5]!)))));
  const size = Math.abs(x);
  if (upperHalf(size) < 0x3fd33333) return 1 - (0.5 * z - (z * series - x * tail));
  // What 1 - x²/2 would lose is taken from both sides.
  const taken = upperHalf(size) > 0x3fe90000 ? 0.28125 : truncated(size / 4);
  return 1 - taken - (0.5 * z - taken - (z * series - x * tail));
}

function sineNear0(x: number, tail: number): number {
  if (Math.abs(x) < TINY) return x;
  const z = x * x;
  const cube = z * x;
  const series = SIN[1]! + z * (SIN[2]! + z * (SIN[3]! + z * (SIN[4]! + z * SIN[5]!)));
  return x - (z * (0.5 * tail - cube * series) - tail - cube * SIN[0]!);
}

const view = new DataView(new ArrayBuffer(8));

/** Sign, exponent and the first 20 bits. */
function upperHalf(x: number): number {
  view.setFloat64(0, x);
  return view.getInt32(0);
}

function exponent(x: number): number {
  return (upperHalf(x) >> 20) & 0x7ff;
}

/** Without its last 32 bits. */
function truncated(x: number): number {
  view.setFloat64(0, x);
  view.setInt32(4, 0);
  return view.getFloat64(0);
}
