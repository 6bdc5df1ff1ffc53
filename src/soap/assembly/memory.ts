/** Memory is handed out once a configuration, from the bottom up; the points of the cloud come last, since they grow. */
let top: usize = 0;

export function forgetAll(): void {
  top = (__heap_base + 63) & ~63;
}

/** Forgets what has been reserved from `address` on. */
export function forgetFrom(address: usize): void {
  top = address;
}

/** The address of so many bytes, at the start of a cache line. Nothing is known of what they hold. */
export function reserve(bytes: usize): usize {
  const address = top;
  top = (top + bytes + 63) & ~63;
  const missing = i32((top + 0xffff) >>> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) unreachable(); // 4 GiB; the host limits the options, clouds of 10^8 points come to this
  return address;
}
