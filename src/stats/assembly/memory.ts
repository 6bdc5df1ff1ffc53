import { SCRATCH_BYTES } from './blocks';

/** Where blocks of the operands of a product are packed. */
export const scratch: usize = (__heap_base + 63) & ~63;

/** Memory is handed out from the bottom up and given back from the top down. */
let top: usize = scratch + SCRATCH_BYTES;

/** The address of so many numbers, at the start of a cache line; 0 if there is no more memory. Nothing is known of what they hold. */
export function reserve(count: f64): usize {
  const address = top;
  const end = <f64>address + 8 * count + 63;
  if (end > 4294901760.0) return 0; // 4 GiB less a page
  const missing = i32((<usize>end + 0xffff) >>> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return 0;
  top = <usize>end & ~63;
  return address;
}

/** What `release` takes to give back all that is reserved from now on. */
export function reservedTo(): usize {
  return top;
}

export function release(address: usize): void {
  top = address;
}
