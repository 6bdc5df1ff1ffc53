import { LEFT_BYTES, RIGHT_BYTES, TILE_BYTES } from './blocks';

/** Where a block of the left operand is packed. */
export let leftPanels: usize = 0;
/** Where a block of the right operand is packed. */
export let rightPanels: usize = 0;
/** A tile of the product that reaches beyond its edge. */
export let spareTile: usize = 0;
/** The bias of that tile. */
export let spareBias: usize = 0;

/** Bytes that `useScratch` has to be given. */
export function scratchBytes(): usize {
  return LEFT_BYTES + RIGHT_BYTES + 2 * TILE_BYTES + 64;
}

/** From now on all products use the memory at `address`. */
export function useScratch(address: usize): void {
  leftPanels = (address + 63) & ~63;
  rightPanels = leftPanels + LEFT_BYTES;
  spareTile = rightPanels + RIGHT_BYTES;
  spareBias = spareTile + TILE_BYTES;
}
