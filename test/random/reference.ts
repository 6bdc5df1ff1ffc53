const MASK = 0xffffffffn;

type Words = readonly [bigint, bigint, bigint, bigint];

/** Philox4x32-10 as the paper writes it, in integers without bound. */
export function philoxReference(counter: Words, key: readonly [bigint, bigint]): Words {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const product0 = 0xd2511f53n * c0;
    const product1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(product1 >> 32n) ^ c1 ^ k0, product1 & MASK, (product0 >> 32n) ^ c3 ^ k1, product0 & MASK];
    k0 = (k0 + 0x9e3779b9n) & MASK;
    k1 = (k1 + 0xbb67ae85n) & MASK;
  }
  return [c0, c1, c2, c3];
}

/** The documented layout: counter (j, ⌊k/2⌋, i), key (seed, domain), and 52 bits to the middle of their interval. */
export function uniformReference(seed: number, domain: number, i: number, j: number, k: number): number {
  const key = BigInt(seed) | (BigInt(domain) << 53n);
  const words = philoxReference(
    [BigInt(j), BigInt(k) >> 1n, BigInt(i) & MASK, BigInt(i) >> 32n],
    [key & MASK, key >> 32n],
  );
  const half = k % 2 === 0 ? (words[0] << 32n) | words[1] : (words[2] << 32n) | words[3];
  return Number(2n * (half >> 12n) + 1n) / 2 ** 53;
}
