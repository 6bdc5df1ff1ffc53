/** a·b + c; rounded once where the module is built for engines with relaxed SIMD, twice elsewhere. */
@inline
export function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(c, v128.mul<T>(a, b));
}

/** c - a·b, likewise. */
@inline
export function subtractProduct<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<T>(a, b, c);
  return v128.sub<T>(c, v128.mul<T>(a, b));
}

/** Numbers in a vector. */
@inline
export function lanes<T>(): i32 {
  return <i32>(16 / sizeof<T>());
}
