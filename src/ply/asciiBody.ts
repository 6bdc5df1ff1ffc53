import { isNotFinite, type ReadField, readDecimal } from '../clouds/decimal.js';
import type { LineReader } from '../clouds/lineReader.js';
import { fieldEnd, fieldStart, quoted, shown, textOf } from '../clouds/text.js';
import { PipelineError } from '../errors.js';
import { type PlyElement, type PlyHeader, VERTEX } from './header.js';
import type { PlyBody, Vertices } from './vertices.js';

/**
 * Reads the rows of an ascii PLY file, a line each; blank lines do not count. Rows of other elements than vertex are passed over. Those that
 * are announced after the vertices may be missing.
 *
 * @param lines that have been read up to the end of the header
 */
export function asciiBody({ elements }: PlyHeader, lines: LineReader, vertices: Vertices): PlyBody {
  const { clouds, fields, values } = vertices;
  const read: ReadField = { end: 0 };
  /** Index of the element under way. */
  let current = 0;
  /** Whether the last vertex may be wrong, if rows after it are missing. */
  let isDoubtful = false;

  function fail(detail: string): never {
    throw new PipelineError('badData', `${lines.name}:${lines.number}: ${detail}`);
  }

  function failVertex(expectation: string, start: number, end: number): never {
    const text = textOf(lines.bytes, start, end).trim();
    const found = text === '' ? 'the end of the line' : quoted(text);
    return fail(`vertex ${clouds.length}: ${expectation}, got ${found}`);
  }

  function expectField(start: number, name: string): void {
    if (start === lines.end) failVertex(`expected a value of ${shown(name)}`, start, start);
  }

  /** Passes over that many fields from `at` on. */
  function skipItems(items: number, at: number, name: string): number {
    const { bytes, end } = lines;
    let start = fieldStart(bytes, at, end);
    for (let i = 0; i < items; i++) {
      expectField(start, name);
      start = fieldStart(bytes, fieldEnd(bytes, start, end), end);
    }
    return start;
  }

  function readVertex({ properties }: PlyElement): void {
    const { bytes, end } = lines;
    let start = fieldStart(bytes, lines.start, end);
    for (let i = 0; i < properties.length; i++) {
      const { name, type, countType } = properties[i]!;
      expectField(start, name);
      const field = fields[i];
      if (field) {
        const value = type.fromDecimal(readDecimal(bytes, start, end, read));
        values[field.slot] = value;
        if (!field.accepts(value) && !(isNotFinite(bytes, start, read.end) && vertices.leavesOut(field))) {
          failVertex(`expected ${field.expected}`, start, read.end);
        }
      } else if (countType) {
        const items = countType.fromDecimal(readDecimal(bytes, start, end, read));
        if (!(items >= 0)) failVertex(`expected the length of the list ${shown(name)}`, start, read.end);
        start = skipItems(items, read.end, name);
        continue;
      } else {
        read.end = fieldEnd(bytes, start, end);
      }
      start = fieldStart(bytes, read.end, end);
    }
    if (start < end) failVertex('expected the end of the line', start, end);
    vertices.add();
  }

  /** Whether the line is cut off, or has as many fields as a row of the element that follows. */
  function mayBeWrong(element: PlyElement | undefined): boolean {
    const { bytes, start, end } = lines;
    if (end === bytes.length) return true;
    const found = textOf(bytes, start, end).trim().split(/\s+/);
    let at = 0;
    for (const { countType } of element?.properties ?? []) at += countType ? 1 + Number(found[at]) : 1;
    return at === found.length;
  }

  /** Reads all lines that are there. */
  function readOn(): void {
    for (; current < elements.length; current++) {
      const element = elements[current]!;
      if (element.name !== VERTEX) {
        if (element.properties.length > 0) lines.skip(element.count);
        continue;
      }
      while (!clouds.isComplete) {
        if (!lines.next()) return;
        if (fieldStart(lines.bytes, lines.start, lines.end) === lines.end) continue;
        readVertex(element);
        if (clouds.isComplete) isDoubtful = mayBeWrong(elements[current + 1]);
      }
    }
    while (lines.next()) {
      const text = textOf(lines.bytes, lines.start, lines.end).trim();
      if (text !== '') fail(`expected the end of the file, got ${quoted(text)}`);
    }
  }

  readOn();
  return {
    push(chunk) {
      lines.push(chunk);
      readOn();
    },
    end() {
      lines.finish();
      readOn();
      const { claimed, length } = clouds;
      if (length < claimed) fail(`expected ${claimed} vertices, got ${length}: the file is cut off`);
      if (lines.toSkip > 0 && isDoubtful) {
        fail(
          `expected ${lines.toSkip} more lines of other elements, got none: the file is cut off, or has other vertices than it announces`,
        );
      }
    },
  };
}
