/** Rows of a tile of the product, which stays in registers while its terms are summed; and of a panel of the left operand. */
export const TILE_ROWS: i32 = 4;
/** Columns of a tile, and of a panel of the right operand. */
export const TILE_COLUMNS: i32 = 8;
export const TILE_BYTES: usize = 4 * TILE_ROWS * TILE_COLUMNS;

/** Terms of a sum that are added at a time: a panel of the right operand, 12 KB, stays in the first-level cache. */
export const MOST_TERMS: i32 = 384;
/** Rows and columns that are packed at a time, 0.2 and 0.8 MB: both stay in the second-level cache. */
export const MOST_ROWS: i32 = 128;
export const MOST_COLUMNS: i32 = 512;

export const LEFT_BYTES: usize = 4 * MOST_ROWS * MOST_TERMS;
export const RIGHT_BYTES: usize = 4 * MOST_COLUMNS * MOST_TERMS;
