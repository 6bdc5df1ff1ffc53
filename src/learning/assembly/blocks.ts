/**
 * A tile of the product stays in registers while its terms are summed. With fused multiplication and addition 3 × 12 needs
 * one vector of scratch less, and V8 keeps it in the 15 registers it has; without, 4 × 8 is the largest.
 */
export const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 3 : 4;
export const TILE_COLUMNS: i32 = ASC_FEATURE_RELAXED_SIMD ? 12 : 8;
export const TILE_BYTES: usize = 4 * <usize>(TILE_ROWS * TILE_COLUMNS);

/** Terms of a sum that are added at a time: a panel of the right operand, 12 or 18 KB, stays in the first-level cache. */
export const MOST_TERMS: i32 = 384;
/** How many of so many terms are added next: all blocks are of about one size. */
@inline
export function blockOfTerms(terms: i32): i32 {
  const nBlocks = max(1, (terms + MOST_TERMS - 1) / MOST_TERMS);
  return (terms + nBlocks - 1) / nBlocks;
}

/** Rows and columns that are packed at a time, whole tiles of 3 and 4, 8 and 12: 0.2 and 0.8 MB, for the second-level cache. */
export const MOST_ROWS: i32 = 132;
export const MOST_COLUMNS: i32 = 528;

/** With what packing may write beyond the last panel. */
export const LEFT_BYTES: usize = 4 * <usize>(MOST_ROWS * MOST_TERMS) + 64;
export const RIGHT_BYTES: usize = 4 * <usize>(MOST_COLUMNS * MOST_TERMS);
