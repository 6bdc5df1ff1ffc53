import { shown } from '../clouds/text.js';
import { concatBytes } from '../bytes.js';
import { PipelineError } from '../errors.js';
import { type PlyHeader, VERTEX } from './header.js';
import { type BinaryList, layoutOf, type Segment } from './layout.js';
import type { PlyBody, Vertices } from './vertices.js';

/** Up to this byte a file is padded: zeros, line feeds and the like. */
const SPACE = 32;

/**
 * Reads the rows of a binary PLY file. Those of other elements than vertex are passed over, and so are lists. Rows that are announced after
 * the vertices may be missing.
 *
 * @param name how messages call the file
 * @param start where in the file the body begins
 */
export function binaryBody(name: string, { format, elements }: PlyHeader, vertices: Vertices, start: number): PlyBody {
  const littleEndian = format === 'binary_little_endian';
  const layouts = elements.map((element) =>
    element.name === VERTEX ? layoutOf(element, vertices.fields) : layoutOf(element),
  );
  const { properties } = elements.find((element) => element.name === VERTEX)!;
  /** Of a vertex at least. */
  const vertexBytes = properties.reduce((sum, { type, countType }) => sum + (countType ?? type).bytes, 0);
  // Indices of the segment that comes next:
  let [layout, row, segment] = [0, 0, 0];
  /** Bytes to pass over before it. */
  let toSkip = 0;
  /** Of the rows that are passed over together; NaN for the rest of a row. */
  let rowBytes = Number.NaN;
  /** The beginning of a segment whose end has not arrived. */
  let rest: Uint8Array = new Uint8Array(0);
  /** Where in the file the bytes after those that have been read begin. */
  let offset = start;
  /** Bytes after the last row. */
  let further = 0;
  let isPadding = true;

  /** @param at bytes after `offset` */
  function fail(at: number, detail: string): never {
    throw new PipelineError('badData', `${name}: byte ${offset + at}: ${detail}`);
  }

  const failRow = (at: number, detail: string): never => fail(at, `${shown(layouts[layout]!.name)} ${row}: ${detail}`);

  /** The segment that comes next; undefined at the end of the last row. */
  function nextSegment(): Segment | undefined {
    for (; layout < layouts.length; layout++, row = 0) {
      const { rows, segments } = layouts[layout]!;
      if (row < rows) return segments[segment];
    }
    return undefined;
  }

  function readNumbers({ numbers }: Segment, view: DataView, at: number): void {
    const { values } = vertices;
    for (let i = 0; i < numbers.length; i++) {
      const { at: from, type, field } = numbers[i]!;
      const value = type.read(view, at + from, littleEndian);
      values[field.slot] = value;
      if (!field.accepts(value) && !vertices.leavesOut(field)) {
        failRow(at + from, `expected ${field.expected}, got ${value}`);
      }
    }
  }

  function read(next: Segment, view: DataView, at: number): void {
    readNumbers(next, view, at);
    toSkip = next.list ? listBytes(next.list, view, at) : next.passedOver;
    rowBytes = next.rowBytes;
    const { name: element, segments } = layouts[layout]!;
    if (++segment < segments.length) return;
    segment = 0;
    row++;
    if (element === VERTEX) vertices.add();
  }

  /** Reads all vertices that are there, if each is read at once. @returns where the next bytes begin */
  function readVertices(next: Segment, view: DataView, from: number): number {
    const { name: element, rows, segments } = layouts[layout]!;
    if (element !== VERTEX || segments.length > 1 || next.list || next.passedOver > 0) return from;
    const end = from + next.bytes * Math.min(rows - row, Math.floor((view.byteLength - from) / next.bytes));
    let at = from;
    for (; at < end; at += next.bytes) {
      readNumbers(next, view, at);
      vertices.add();
      row++;
    }
    return at;
  }

  function listBytes({ name: list, at, countType, itemBytes }: BinaryList, view: DataView, segmentAt: number): number {
    const items = countType.read(view, segmentAt + at, littleEndian);
    if (items < 0) failRow(segmentAt + at, `expected the length of the list ${shown(list)}, got ${items}`);
    return itemBytes * items;
  }

  /** Passes over what is to be passed over, from `at` on. */
  function skip(at: number, end: number): number {
    const bytes = Math.min(toSkip, end - at);
    toSkip -= bytes;
    return at + bytes;
  }

  return {
    push(chunk) {
      const bytes = rest.length > 0 ? concatBytes([rest, chunk]) : chunk;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      let at = skip(0, bytes.length);
      for (let next = nextSegment(); next && toSkip === 0; next = nextSegment()) {
        at = readVertices(next, view, at);
        next = nextSegment();
        if (!next || at + next.bytes > bytes.length) break;
        read(next, view, at);
        at = skip(at + next.bytes, bytes.length);
      }
      if (at < bytes.length && !nextSegment()) {
        // After the last row: padding, or anything that is too short for a vertex that the header does not count.
        further += bytes.length - at;
        isPadding &&= bytes.subarray(at).every((byte) => byte <= SPACE);
        if (!isPadding && further >= vertexBytes) fail(at, 'expected the end of the file, got more bytes');
        at = bytes.length;
      }
      rest = bytes.slice(at);
      offset += at;
    },
    end() {
      const { claimed, length } = vertices.clouds;
      const at = rest.length;
      if (length < claimed) fail(at, `expected ${claimed} vertices, got ${length}: the file is cut off`);
      const isBetweenRows = at === 0 && segment === 0 && (toSkip === 0 || toSkip % rowBytes === 0);
      if (!isBetweenRows) fail(at, 'expected more bytes of other elements, got none: the file is cut off');
    },
  };
}
