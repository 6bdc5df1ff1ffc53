import { shown } from '../clouds/text.js';
import { concatBytes } from '../bytes.js';
import { PipelineError } from '../errors.js';
import { type PlyHeader, VERTEX } from './header.js';
import { type BinaryList, type Layout, layoutOf, type Segment } from './layout.js';
import type { Vertices } from './vertices.js';

/** Up to this byte a file is padded: zeros, line feeds and the like. */
const SPACE = 32;

/**
 * Reads the rows of a binary PLY file. Those of other elements than vertex are passed over, and so are lists. Rows that are announced after
 * the vertices may be missing.
 */
export class BinaryBody {
  readonly #name: string;
  readonly #littleEndian: boolean;
  readonly #layouts: readonly Layout[];
  readonly #vertices: Vertices;
  /** Indices of the segment that comes next. */
  #layout = 0;
  #row = 0;
  #segment = 0;
  /** Bytes to pass over before it. */
  #toSkip = 0;
  /** Of the rows that are passed over together; NaN for the rest of a row. */
  #rowBytes = Number.NaN;
  /** The beginning of a segment whose end has not arrived. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Where in the file the bytes after those that have been read begin. */
  #offset: number;
  /** Of a vertex at least. */
  readonly #vertexBytes: number;
  /** Bytes after the last row. */
  #further = 0;
  #isPadding = true;

  /**
   * @param name how messages call the file
   * @param offset where in the file the body begins
   */
  constructor(name: string, { format, elements }: PlyHeader, vertices: Vertices, offset: number) {
    this.#name = name;
    this.#littleEndian = format === 'binary_little_endian';
    this.#layouts = elements.map((element) =>
      element.name === VERTEX ? layoutOf(element, vertices.fields) : layoutOf(element),
    );
    this.#vertices = vertices;
    this.#offset = offset;
    const { properties } = elements.find(({ name: element }) => element === VERTEX)!;
    this.#vertexBytes = properties.reduce((sum, { type, countType }) => sum + (countType ?? type).bytes, 0);
  }

  /** @throws PipelineError `badData` naming the byte and the vertex */
  push(chunk: Uint8Array): void {
    const bytes = this.#rest.length > 0 ? concatBytes([this.#rest, chunk]) : chunk;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = this.#skip(0, bytes.length);
    for (let segment = this.#next(); segment && this.#toSkip === 0; segment = this.#next()) {
      if (at + segment.bytes > bytes.length) break;
      this.#read(segment, view, at);
      at = this.#skip(at + segment.bytes, bytes.length);
    }
    if (at < bytes.length && !this.#next()) {
      this.#passOver(bytes.subarray(at), at);
      at = bytes.length;
    }
    this.#rest = bytes.slice(at);
    this.#offset += at;
  }

  /** @throws PipelineError `badData` if rows are missing */
  end(): void {
    const { claimed, length } = this.#vertices.builder;
    const at = this.#rest.length;
    if (length < claimed) this.#fail(at, `expected ${claimed} vertices, got ${length}: the file is cut off`);
    const isBetweenRows =
      at === 0 && this.#segment === 0 && (this.#toSkip === 0 || this.#toSkip % this.#rowBytes === 0);
    if (!isBetweenRows) this.#fail(at, 'expected more bytes of other elements, got none: the file is cut off');
  }

  /** Bytes after the last row: padding, or anything that is too short for a vertex that the header does not count. */
  #passOver(bytes: Uint8Array, at: number): void {
    this.#further += bytes.length;
    this.#isPadding &&= bytes.every((byte) => byte <= SPACE);
    if (!this.#isPadding && this.#further >= this.#vertexBytes) {
      this.#fail(at, 'expected the end of the file, got more bytes');
    }
  }

  /** The segment that comes next; undefined at the end of the last row. */
  #next(): Segment | undefined {
    for (; this.#layout < this.#layouts.length; this.#layout++, this.#row = 0) {
      const { rows, segments } = this.#layouts[this.#layout]!;
      if (this.#row < rows) return segments[this.#segment];
    }
    return undefined;
  }

  #read({ numbers, list, passedOver, rowBytes }: Segment, view: DataView, at: number): void {
    const { values } = this.#vertices;
    for (const { at: from, type, field } of numbers) {
      const value = type.read(view, at + from, this.#littleEndian);
      values[field.slot] = value;
      if (!field.accepts(value) && !this.#vertices.leavesOut(field)) {
        this.#failRow(at + from, `expected ${field.expected}, got ${value}`);
      }
    }
    this.#toSkip = list ? this.#listBytes(list, view, at) : passedOver;
    this.#rowBytes = rowBytes;
    const { name, segments } = this.#layouts[this.#layout]!;
    if (++this.#segment < segments.length) return;
    this.#segment = 0;
    this.#row++;
    if (name === VERTEX) this.#vertices.add();
  }

  #listBytes({ name, at, countType, itemBytes }: BinaryList, view: DataView, segmentAt: number): number {
    const items = countType.read(view, segmentAt + at, this.#littleEndian);
    if (items < 0) this.#failRow(segmentAt + at, `expected the length of the list ${shown(name)}, got ${items}`);
    return itemBytes * items;
  }

  /** Passes over what is to be passed over, from `at` on. */
  #skip(at: number, end: number): number {
    const bytes = Math.min(this.#toSkip, end - at);
    this.#toSkip -= bytes;
    return at + bytes;
  }

  #failRow(at: number, detail: string): never {
    this.#fail(at, `${shown(this.#layouts[this.#layout]!.name)} ${this.#row}: ${detail}`);
  }

  /** @param at bytes after `#offset` */
  #fail(at: number, detail: string): never {
    throw new PipelineError('badData', `${this.#name}: byte ${this.#offset + at}: ${detail}`);
  }
}
