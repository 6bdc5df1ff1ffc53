import { isNotFinite, parseDecimal } from '../clouds/decimal.js';
import type { LineReader } from '../clouds/lineReader.js';
import { fieldEnd, fieldStart, quoted, shown, textOf } from '../clouds/text.js';
import { PipelineError } from '../errors.js';
import { type PlyElement, type PlyHeader, VERTEX } from './header.js';
import type { Vertices } from './vertices.js';

/**
 * Reads the rows of an ascii PLY file, a line each; blank lines do not count. Rows of other elements than vertex are passed over. Those that
 * are announced after the vertices may be missing.
 */
export class AsciiBody {
  readonly #elements: readonly PlyElement[];
  readonly #lines: LineReader;
  readonly #vertices: Vertices;
  /** Index of the element under way. */
  #element = 0;
  /** Whether the last vertex may be wrong, if rows after it are missing. */
  #isDoubtful = false;

  /** @param lines that have been read up to the end of the header */
  constructor({ elements }: PlyHeader, lines: LineReader, vertices: Vertices) {
    this.#elements = elements;
    this.#lines = lines;
    this.#vertices = vertices;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
    this.readOn();
  }

  end(): void {
    this.#lines.finish();
    this.readOn();
    const { claimed, length } = this.#vertices.builder;
    if (length < claimed) this.#fail(`expected ${claimed} vertices, got ${length}: the file is cut off`);
    if (this.#lines.toSkip > 0 && this.#isDoubtful) {
      this.#fail(
        `expected ${this.#lines.toSkip} more lines of other elements, got none: the file is cut off, or has other vertices than it announces`,
      );
    }
  }

  /** Reads all lines that are there. */
  readOn(): void {
    const lines = this.#lines;
    const { builder } = this.#vertices;
    for (; this.#element < this.#elements.length; this.#element++) {
      const element = this.#elements[this.#element]!;
      if (element.name !== VERTEX) {
        if (element.properties.length > 0) lines.skip(element.count);
        continue;
      }
      while (!builder.isComplete) {
        if (!lines.next()) return;
        if (fieldStart(lines.bytes, lines.start, lines.end) === lines.end) continue;
        this.#readVertex(element);
        if (builder.isComplete) this.#isDoubtful = this.#mayBeWrong(this.#elements[this.#element + 1]);
      }
    }
    while (lines.next()) {
      const text = textOf(lines.bytes, lines.start, lines.end).trim();
      if (text !== '') this.#fail(`expected the end of the file, got ${quoted(text)}`);
    }
  }

  #readVertex({ properties }: PlyElement): void {
    const { bytes, end } = this.#lines;
    const { fields, values } = this.#vertices;
    let start = fieldStart(bytes, this.#lines.start, end);
    for (let i = 0; i < properties.length; i++) {
      const { name, type, countType } = properties[i]!;
      const stop = this.#fieldEnd(start, name);
      const field = fields[i];
      if (field) {
        const value = type.fromDecimal(parseDecimal(bytes, start, stop));
        values[field.slot] = value;
        if (!field.accepts(value) && !(isNotFinite(bytes, start, stop) && this.#vertices.leavesOut(field))) {
          this.#failVertex(`expected ${field.expected}`, start, stop);
        }
      } else if (countType) {
        const items = countType.fromDecimal(parseDecimal(bytes, start, stop));
        if (!(items >= 0)) this.#failVertex(`expected the length of the list ${shown(name)}`, start, stop);
        start = this.#skipItems(items, stop, name);
        continue;
      }
      start = fieldStart(bytes, stop, end);
    }
    if (start < end) this.#failVertex('expected the end of the line', start, end);
    this.#vertices.add();
  }

  /** Whether the line is cut off, or has as many fields as a row of the element that follows. */
  #mayBeWrong(element: PlyElement | undefined): boolean {
    const { bytes, start, end } = this.#lines;
    if (end === bytes.length) return true;
    const fields = textOf(bytes, start, end).trim().split(/\s+/);
    let at = 0;
    for (const { countType } of element?.properties ?? []) at += countType ? 1 + Number(fields[at]) : 1;
    return at === fields.length;
  }

  /** Passes over that many fields from `at` on. */
  #skipItems(items: number, at: number, name: string): number {
    const { bytes, end } = this.#lines;
    let start = fieldStart(bytes, at, end);
    for (let i = 0; i < items; i++) start = fieldStart(bytes, this.#fieldEnd(start, name), end);
    return start;
  }

  #fieldEnd(start: number, name: string): number {
    const { bytes, end } = this.#lines;
    return start < end
      ? fieldEnd(bytes, start, end)
      : this.#failVertex(`expected a value of ${shown(name)}`, start, end);
  }

  #failVertex(expectation: string, start: number, end: number): never {
    const text = textOf(this.#lines.bytes, start, end).trim();
    const found = text === '' ? 'the end of the line' : quoted(text);
    return this.#fail(`vertex ${this.#vertices.builder.length}: ${expectation}, got ${found}`);
  }

  #fail(detail: string): never {
    throw new PipelineError('badData', `${this.#lines.name}:${this.#lines.number}: ${detail}`);
  }
}
