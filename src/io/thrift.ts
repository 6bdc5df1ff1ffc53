import { concatBytes } from '../bytes.js';

/**
 * A value of Thrift's compact protocol, in which Parquet has its metadata, as the bytes that it is written as: what nobody here knows is taken
 * over as it was.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export interface Thrift {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** The values of a struct by their numbers. */
export type Fields = ReadonlyMap<number, Thrift>;

const [STOP, TRUE, FALSE, I8, I16, I32, I64, BINARY, LIST, STRUCT] = [0, 1, 2, 3, 4, 5, 6, 8, 9, 12];
/** In place of the length of a list that does not fit the byte with its kind. */
const LONG = 15;

/** Seven bits a byte, the lowest first. */
export function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.of(...bytes, rest);
}

/** Of counts, sizes and places, which are not negative. */
export const i32 = (value: number): Thrift => ({ kind: I32, bytes: unsigned(2 * value) });
export const i64 = (value: number): Thrift => ({ kind: I64, bytes: unsigned(2 * value) });

export function text(value: string): Thrift {
  const bytes = new TextEncoder().encode(value);
  return { kind: BINARY, bytes: concatBytes([unsigned(bytes.length), bytes]) };
}

/** @param items of one kind, at least one */
export function list(items: readonly Thrift[]): Thrift {
  const [{ kind }, { length }] = [items[0]!, items];
  const head = Uint8Array.of((Math.min(length, LONG) << 4) | kind, ...(length < LONG ? [] : unsigned(length)));
  return { kind: LIST, bytes: concatBytes([head, ...items.map(({ bytes }) => bytes)]) };
}

/** @param values by their numbers, of which none is 16 or more after another */
export function struct(values: Readonly<Record<number, Thrift>>): Thrift {
  let before = 0;
  const pieces = Object.entries(values).flatMap(([key, { kind, bytes }]) => {
    const step = Number(key) - before;
    before += step;
    return [Uint8Array.of((step << 4) | kind), bytes];
  });
  return { kind: STRUCT, bytes: concatBytes([...pieces, Uint8Array.of(STOP)]) };
}

/** The same struct with other values, or further ones. */
export function changed(fields: Fields, values: Readonly<Record<number, Thrift>>): Thrift {
  return struct({ ...Object.fromEntries(fields), ...values });
}

/** The values of the struct that the bytes begin with. */
export function fieldsOf({ bytes }: Pick<Thrift, 'bytes'>): Fields {
  return new Reader(bytes).fields();
}

/** @throws Error if it is no list */
export function itemsOf(value: Thrift | undefined): Thrift[] {
  return new Reader(bytesOf(value, LIST)).items();
}

/** @throws Error if it is no text */
export function textOf(value: Thrift | undefined): string {
  const bytes = bytesOf(value, BINARY);
  const reader = new Reader(bytes);
  reader.unsigned();
  return new TextDecoder().decode(bytes.subarray(reader.at));
}

/** @throws Error if it is no integer of 0 or more */
export function integerOf(value: Thrift | undefined): number {
  const folded = new Reader(bytesOf(value, I16, I32, I64)).unsigned();
  if (folded % 2 === 1) throw new Error('expected a number of 0 or more in the metadata of Parquet');
  return folded / 2;
}

function bytesOf(value: Thrift | undefined, ...kinds: readonly number[]): Uint8Array {
  if (value && kinds.includes(value.kind)) return value.bytes;
  throw new Error(`expected a value of type ${kinds.join(' or ')} in the metadata of Parquet, got ${value?.kind}`);
}

class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  fields(): Fields {
    const fields = new Map<number, Thrift>();
    let number = 0;
    for (let head = this.#byte(); head !== STOP; head = this.#byte()) {
      number += head >> 4;
      fields.set(number, this.#value(head & 15));
    }
    return fields;
  }

  items(): Thrift[] {
    const head = this.#byte();
    const kind = head & 15;
    const length = head >> 4 === LONG ? this.unsigned() : head >> 4;
    return Array.from({ length }, () => this.#value(kind === TRUE ? I8 : kind)); // alone, a boolean is its kind
  }

  unsigned(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }

  #value(kind: number): Thrift {
    const start = this.at;
    if (kind === I8) this.#pass(1);
    else if (kind === I16 || kind === I32 || kind === I64) this.unsigned();
    else if (kind === BINARY) this.#pass(this.unsigned());
    else if (kind === LIST) this.items();
    else if (kind === STRUCT) this.fields();
    else if (kind !== TRUE && kind !== FALSE) throw new Error(`unknown type ${kind} in the metadata of Parquet`);
    return { kind, bytes: this.#bytes.subarray(start, this.at) };
  }

  #pass(bytes: number): void {
    this.at += bytes;
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Error('the metadata of Parquet are cut off');
    return byte;
  }
}
