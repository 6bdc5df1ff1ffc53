/** What is wrong with bytes that should be Arrow's, for a message that names the file before it. */
export class DamagedIpc extends Error {}

/** Bytes of FlatBuffers, and how many more tables and texts may be read of them: they may refer to one table many times. */
class FlatBytes {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #budget: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#budget = bytes.length + 64;
  }

  /** The view, once it is sure that `length` bytes at `at` are in it. */
  at(at: number, length: number): DataView {
    if (at < 0 || length < 0 || at + length > this.bytes.length) {
      throw new DamagedIpc('its metadata refers to bytes beyond its end');
    }
    return this.#view;
  }

  spend(units: number): void {
    this.#budget -= units;
    if (this.#budget < 0) throw new DamagedIpc('its metadata refers to the same bytes again and again');
  }
}

/**
 * A table of FlatBuffers, which Arrow's metadata consist of: fields by their number in Arrow's `.fbs` files, defaults where they are
 * absent. Every access is checked, unlike those of the generated readers, which answer damaged bytes with anything.
 * @throws DamagedIpc from every method
 */
export class FlatTable {
  readonly #bytes: FlatBytes;
  readonly #start: number;
  /** Where the positions of the fields are, and how many bytes they take. */
  readonly #fields: number;
  readonly #fieldsEnd: number;

  private constructor(bytes: FlatBytes, start: number) {
    bytes.spend(4);
    const fields = start - bytes.at(start, 4).getInt32(start, true);
    const length = bytes.at(fields, 4).getUint16(fields, true);
    bytes.at(fields, length);
    this.#bytes = bytes;
    this.#start = start;
    this.#fields = fields + 4;
    this.#fieldsEnd = fields + length;
  }

  static root(bytes: Uint8Array): FlatTable {
    const flat = new FlatBytes(bytes);
    return new FlatTable(flat, flat.at(0, 4).getUint32(0, true));
  }

  byte(field: number, absent = 0): number {
    const at = this.#place(field);
    return at === undefined ? absent : this.#bytes.at(at, 1).getInt8(at);
  }

  bool(field: number): boolean {
    return this.byte(field) !== 0;
  }

  short(field: number, absent = 0): number {
    const at = this.#place(field);
    return at === undefined ? absent : this.#bytes.at(at, 2).getInt16(at, true);
  }

  int(field: number, absent = 0): number {
    const at = this.#place(field);
    return at === undefined ? absent : this.#bytes.at(at, 4).getInt32(at, true);
  }

  long(field: number): number {
    const at = this.#place(field);
    return at === undefined ? 0 : this.#long(at);
  }

  text(field: number): string | undefined {
    const at = this.#target(field);
    if (at === undefined) return undefined;
    const length = this.#bytes.at(at, 4).getUint32(at, true);
    this.#bytes.at(at + 4, length);
    this.#bytes.spend(length);
    return new TextDecoder().decode(this.#bytes.bytes.subarray(at + 4, at + 4 + length));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#target(field);
    return at === undefined ? undefined : new FlatTable(this.#bytes, at);
  }

  tables(field: number): FlatTable[] {
    return this.#items(field, 4, (at) => {
      return new FlatTable(this.#bytes, at + this.#bytes.at(at, 4).getUint32(at, true));
    });
  }

  ints(field: number): number[] {
    return this.#items(field, 4, (at) => this.#bytes.at(at, 4).getInt32(at, true));
  }

  longs(field: number): number[] {
    return this.#items(field, 8, (at) => this.#long(at));
  }

  /** Structures of int64 fields (or narrower ones that are padded to it) at these places. */
  structures<Name extends string>(field: number, size: number, places: Record<Name, number>): Record<Name, number>[] {
    const entries = Object.entries<number>(places);
    return this.#items(
      field,
      size,
      (at) =>
        Object.fromEntries(entries.map(([name, place]) => [name, this.#long(at + place)])) as Record<Name, number>,
    );
  }

  #long(at: number): number {
    const value = Number(this.#bytes.at(at, 8).getBigInt64(at, true));
    if (!Number.isSafeInteger(value))
      throw new DamagedIpc(`its metadata tell a length or place of ${this.#bytes.at(at, 8).getBigInt64(at, true)}`);
    return value;
  }

  #place(field: number): number | undefined {
    const at = this.#fields + 2 * field;
    if (at + 2 > this.#fieldsEnd) return undefined;
    const place = this.#bytes.at(at, 2).getUint16(at, true);
    return place === 0 ? undefined : this.#start + place;
  }

  /** What a field that is a reference refers to. */
  #target(field: number): number | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : at + this.#bytes.at(at, 4).getUint32(at, true);
  }

  #items<T>(field: number, size: number, read: (at: number) => T): T[] {
    const at = this.#target(field);
    if (at === undefined) return [];
    const count = this.#bytes.at(at, 4).getUint32(at, true);
    this.#bytes.at(at + 4, count * size);
    this.#bytes.spend(count * Math.min(size, 4));
    return Array.from({ length: count }, (_, i) => read(at + 4 + i * size));
  }
}
