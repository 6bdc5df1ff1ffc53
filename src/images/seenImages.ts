/** Bits of a page, a power of two: 4 kB. */
const PAGE_BITS = 2 ** 15;

/** Which images have come: where their indices lie close together, a bit each. */
export class SeenImages {
  readonly #pages = new Map<number, Uint32Array>();

  /** Notes the image, a uint32. Whether it had not come before. */
  add(image: number): boolean {
    const page = Math.floor(image / PAGE_BITS);
    let bits = this.#pages.get(page);
    if (!bits) this.#pages.set(page, (bits = new Uint32Array(PAGE_BITS / 32)));
    const word = (image % PAGE_BITS) >> 5;
    const bit = 1 << (image & 31);
    if (bits[word]! & bit) return false;
    bits[word]! |= bit;
    return true;
  }
}
