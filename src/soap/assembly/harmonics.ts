import { reserve } from './memory';
import { One, Two } from './numbers';
import { lMax, PANEL_BYTES } from './settings';
import { layerColumns, layerStart, nLayers, presence, unitX, unitY, unitZ } from './shells';
import { subtractProduct } from './simd';

/**
 * Real spherical harmonics of the unit vectors, up to a constant factor for each l and m that the host folds into `norms`: with
 * C_0 = 1 and S_0 = 0,
 *
 *     C_m = x C_m-1 - y S_m-1        S_m = x S_m-1 + y C_m-1
 *     Q_mm = 1     Q_m+1,m = z     Q_lm = f_lm z Q_l-1,m - Q_l-2,m
 *
 * where Q_lm C_m goes with cos mφ and Q_lm S_m with sin mφ. The host chooses f_lm so that the last coefficient is 1, which saves a product.
 *
 * Rows of the panel, PANEL_BYTES each: l = 0..lMax of m = 0; then for each m = 1..lMax, l = m..lMax, the row of cos mφ and that of sin mφ.
 */
export let harmonics: usize = 0;

/** f_lm for m = 0..lMax-1, l = m+1..lMax; 1 where l = m + 1. */
let factors: usize = 0;

export function configureHarmonics<T>(): void {
  const rows = <usize>((lMax + 1) * (lMax + 1));
  harmonics = reserve(rows * PANEL_BYTES);
  factors = reserve(((rows + 1) >> 1) * sizeof<T>());
}

/** Where the host writes f_lm, of the arithmetic's type. */
export function harmonicFactors(): usize {
  return factors;
}

/** The row of m = 0. */
@inline
export function zonalRow(l: i32): usize {
  return harmonics + <usize>l * PANEL_BYTES;
}

/** The row of cos φ, m = 1. From there, that of m + 1 is 2 (lMax - m) rows on. */
@inline
export function firstSectorRow(l: i32): usize {
  return harmonics + <usize>(lMax + 1 + 2 * (l - 1)) * PANEL_BYTES;
}

/** Sums the harmonics of the points of every column from `start` to `end`: a panel, in whole groups. */
export function sumHarmonics<T>(start: i32, end: i32): void {
  const group: i32 = 32 / sizeof<T>();
  for (let layer = 1; layer <= nLayers; layer++) {
    const last = min(end, layerColumns(layer));
    let slot = <usize>(layerStart(layer) + start) * sizeof<T>();
    let to = harmonics;
    for (let column = start; column < last; column += group) {
      if (layer == 1) addGroup<T, One>(slot, to);
      else addGroup<T, Two>(slot, to);
      slot += 32;
      to += 32;
    }
  }
}

/**
 * One group of points: two vectors, a and b, so that the processor need not wait for the recurrences. Layer One stores its harmonics,
 * any other, Two, adds its own.
 */
@inline
function addGroup<T, L>(slot: usize, column: usize): void {
  const zero = v128.splat<T>(<T>0);
  const one = v128.splat<T>(<T>1);
  const za = v128.load(unitZ + slot);
  const zb = v128.load(unitZ + slot, 16);
  let row = column;
  let factor = factors;

  let qa = v128.load(presence + slot);
  let qb = v128.load(presence + slot, 16);
  let ca = qa; // C_m
  let cb = qb;
  let sa = zero; // S_m
  let sb = zero;
  let pa = zero; // Q_l-2 of m = 0; then by turns Q_l-2 and Q_l-1
  let pb = zero;
  write<T, L>(row, qa, qb);
  for (let l = 1; l <= lMax; l++) {
    row += PANEL_BYTES;
    const f = v128.load_splat<T>(factor);
    factor += sizeof<T>();
    const na = v128.sub<T>(v128.mul<T>(v128.mul<T>(f, za), qa), pa);
    const nb = v128.sub<T>(v128.mul<T>(v128.mul<T>(f, zb), qb), pb);
    pa = qa;
    pb = qb;
    qa = na;
    qb = nb;
    write<T, L>(row, qa, qb);
  }
  row += PANEL_BYTES;

  for (let m = 1; m <= lMax; m++) {
    const xa = v128.load(unitX + slot);
    const xb = v128.load(unitX + slot, 16);
    const ya = v128.load(unitY + slot);
    const yb = v128.load(unitY + slot, 16);
    const oldCa = ca;
    const oldCb = cb;
    ca = subtractProduct<T>(ya, sa, v128.mul<T>(xa, ca));
    cb = subtractProduct<T>(yb, sb, v128.mul<T>(xb, cb));
    sa = v128.add<T>(v128.mul<T>(xa, sa), v128.mul<T>(ya, oldCa));
    sb = v128.add<T>(v128.mul<T>(xb, sb), v128.mul<T>(yb, oldCb));
    writeBoth<T, L>(row, ca, cb, sa, sb);
    row += 2 * PANEL_BYTES;
    qa = one;
    qb = one;
    pa = zero;
    pb = zero;
    let l = m + 1;
    for (; l < lMax; l += 2) {
      const f = v128.load_splat<T>(factor);
      pa = v128.sub<T>(v128.mul<T>(v128.mul<T>(f, za), qa), pa);
      pb = v128.sub<T>(v128.mul<T>(v128.mul<T>(f, zb), qb), pb);
      writeBoth<T, L>(row, v128.mul<T>(pa, ca), v128.mul<T>(pb, cb), v128.mul<T>(pa, sa), v128.mul<T>(pb, sb));
      row += 2 * PANEL_BYTES;
      const g = v128.load_splat<T>(factor, sizeof<T>());
      qa = v128.sub<T>(v128.mul<T>(v128.mul<T>(g, za), pa), qa);
      qb = v128.sub<T>(v128.mul<T>(v128.mul<T>(g, zb), pb), qb);
      writeBoth<T, L>(row, v128.mul<T>(qa, ca), v128.mul<T>(qb, cb), v128.mul<T>(qa, sa), v128.mul<T>(qb, sb));
      row += 2 * PANEL_BYTES;
      factor += 2 * sizeof<T>();
    }
    if (l == lMax) {
      const f = v128.load_splat<T>(factor);
      factor += sizeof<T>();
      pa = v128.sub<T>(v128.mul<T>(v128.mul<T>(f, za), qa), pa);
      pb = v128.sub<T>(v128.mul<T>(v128.mul<T>(f, zb), qb), pb);
      writeBoth<T, L>(row, v128.mul<T>(pa, ca), v128.mul<T>(pb, cb), v128.mul<T>(pa, sa), v128.mul<T>(pb, sb));
      row += 2 * PANEL_BYTES;
    }
  }
}

/** Both vectors of a row. */
@inline
function write<T, L>(to: usize, a: v128, b: v128): void {
  v128.store(to, offsetof<L>() == 1 ? a : v128.add<T>(v128.load(to), a));
  v128.store(to, offsetof<L>() == 1 ? b : v128.add<T>(v128.load(to, 16), b), 16);
}

/** The row of cos mφ, and the one of sin mφ after it. */
@inline
function writeBoth<T, L>(to: usize, ca: v128, cb: v128, sa: v128, sb: v128): void {
  v128.store(to, offsetof<L>() == 1 ? ca : v128.add<T>(v128.load(to), ca));
  v128.store(to, offsetof<L>() == 1 ? cb : v128.add<T>(v128.load(to, 16), cb), 16);
  v128.store(to, offsetof<L>() == 1 ? sa : v128.add<T>(v128.load(to, PANEL_BYTES), sa), PANEL_BYTES);
  v128.store(
    to,
    offsetof<L>() == 1 ? sb : v128.add<T>(v128.load(to, PANEL_BYTES + 16), sb),
    PANEL_BYTES + 16,
  );
}
