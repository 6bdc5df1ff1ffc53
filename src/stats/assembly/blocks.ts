/**
 * A tile of a product stays in registers while its terms are summed. With fused multiplication and addition 3 × 6 keeps V8 within its 15
 * registers; without, 4 × 4 does.
 */
export const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 3 : 4;
export const TILE_COLUMNS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** Terms that are added at a time: a panel of the right operand, 8 or 12 KB, stays in the first-level cache. */
export const MOST_TERMS: i32 = 256;
/** Rows and columns that are packed at a time, whole tiles of either build: 0.27 and 1.1 MB; the first are read again and again. */
export const MOST_ROWS: i32 = 132;
export const MOST_COLUMNS: i32 = 528;

const LEFT_BYTES: usize = 8 * <usize>(MOST_ROWS * MOST_TERMS);
const RIGHT_BYTES: usize = 8 * <usize>(MOST_COLUMNS * MOST_TERMS);
/** From the start of the scratch memory: panels of the left operand, of the right one, and a tile that reaches beyond its edge. */
export const RIGHT_PANELS: usize = LEFT_BYTES;
export const SPARE_TILE: usize = LEFT_BYTES + RIGHT_BYTES;
export const SCRATCH_BYTES: usize = SPARE_TILE + 8 * <usize>(TILE_ROWS * TILE_COLUMNS) + 64;
