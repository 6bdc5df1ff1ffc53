/** Of `FileMetaData` in Parquet's footer. */
const ENCRYPTION_ALGORITHM = 8;

/**
 * Whether a footer that can be read says that its columns are encrypted.
 * @param footer in the compact protocol of Thrift
 */
export function tellsEncryption(footer: Uint8Array): boolean {
  try {
    return new CompactReader(footer).hasField(ENCRYPTION_ALGORITHM);
  } catch {
    return false; // the footer is damaged
  }
}

/** Types of the compact protocol, where both values of a boolean are types of their own; the others are integers. */
const TYPES = { true: 1, false: 2, byte: 3, double: 7, binary: 8, list: 9, set: 10, struct: 12 };

/** Walks over a structure of the compact protocol without keeping its values. */
class CompactReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  hasField(wanted: number): boolean {
    let field = 0;
    for (;;) {
      const head = this.#byte();
      if (head === 0) return false;
      field = head >> 4 ? field + (head >> 4) : this.#varint() / 2;
      if (field === wanted) return true;
      this.#skip(head & 15);
    }
  }

  #skip(type: number): void {
    switch (type) {
      case TYPES.true:
      case TYPES.false:
        return;
      case TYPES.byte:
        this.#at += 1;
        return;
      case TYPES.double:
        this.#at += 8;
        return;
      case TYPES.binary: {
        const length = this.#varint();
        this.#at += length;
        return;
      }
      case TYPES.list:
      case TYPES.set: {
        const head = this.#byte();
        const count = head >> 4 === 15 ? this.#varint() : head >> 4;
        for (let i = 0; i < count; i++) this.#skipItem(head & 15);
        return;
      }
      case TYPES.struct:
        this.hasField(Infinity);
        return;
      default:
        this.#varint();
    }
  }

  /** In lists, booleans take a byte. */
  #skipItem(type: number): void {
    this.#skip(type === TYPES.true || type === TYPES.false ? TYPES.byte : type);
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('the footer ends too early');
    return byte;
  }
}
