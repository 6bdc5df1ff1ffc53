import { MAX_POINTS } from '../clouds/capacity.js';
import type { Cloud } from '../clouds/cloud.js';
import { CloudBuilder } from '../clouds/cloudBuilder.js';
import { parseDecimal } from '../clouds/decimal.js';
import { parseLabel } from '../clouds/label.js';
import { LineReader } from '../clouds/lineReader.js';
import { fieldEnd, fieldStart, quoted, textOf } from '../clouds/text.js';
import { PipelineError } from '../errors.js';
import { type XyzColumns, xyzColumns } from './columns.js';
import { parseComment } from './commentLine.js';
import { latticeOf } from './lattice.js';

/** What is read of a frame beside its points. */
export interface XyzOptions {
  /** Property that is the species; by default `species`, else `Z`, whose atomic numbers become symbols. */
  readonly species?: string | undefined;
  /** Key of the comment line whose value is the label; by default there is none. */
  readonly label?: string | undefined;
  /** Whether every frame has a lattice, and it is wanted. */
  readonly cell?: boolean;
}

/** What the comment line says of a frame. */
type FrameValues = Pick<Cloud, 'label' | 'cell' | 'pbc'>;

/**
 * Reads frames of XYZ and extended XYZ that arrive in chunks of any size.
 *
 * A frame is a line with the number of points, a comment line, and a line a point. In extended XYZ the comment has pairs
 * `key=value`, of which `Properties=species:S:1:pos:R:3:…` tells the columns. Without it they are species, x, y and z, and what
 * follows them is passed over. Lengths stay in the units of the file, Å by convention.
 *
 * Memory: a chunk and the frame under way.
 * @see https://github.com/libAtoms/extxyz
 */
export class XyzParser {
  readonly #options: XyzOptions;
  readonly #lines: LineReader;
  /** Frames that are complete. */
  #frames = 0;
  /** The frame under way. */
  #builder: CloudBuilder | undefined;
  /** What its comment line says, once that has arrived. */
  #values: FrameValues | undefined;
  #columns: XyzColumns | undefined;
  /** The declaration of `#columns`: frame after frame it is the same. */
  #declared: string | undefined;
  /** x, y, z of the point under way. */
  readonly #position = new Float64Array(3);

  /** @param name how messages call the file */
  constructor(name: string, options: XyzOptions = {}) {
    this.#lines = new LineReader(name);
    this.#options = options;
  }

  /**
   * The frames that are complete with this chunk, each read when it is asked for. All must be taken before the next chunk.
   * @throws PipelineError `badData` naming file, line and frame
   */
  *push(chunk: Uint8Array): Generator<Cloud, void, undefined> {
    this.#lines.push(chunk);
    yield* this.#complete();
  }

  /**
   * The frames that are complete since nothing follows.
   * @throws PipelineError `badData` if the file ends within a frame, or has none
   */
  *end(): Generator<Cloud, void, undefined> {
    this.#lines.finish();
    yield* this.#complete();
    if (this.#builder) {
      const { claimed, length } = this.#builder;
      const found = this.#values ? `${length}` : 'not even a comment line';
      this.#fail(`expected ${claimed} points, got ${found}: the file is cut off`);
    }
    if (this.#frames === 0) this.#fail('expected a frame, got the end of the file');
  }

  *#complete(): Generator<Cloud, void, undefined> {
    while (this.#readOn()) {
      const frame = { ...this.#builder!.finish(), ...this.#values };
      this.#builder = undefined;
      this.#values = undefined;
      this.#frames++;
      yield frame;
    }
  }

  /** Reads to the end of the frame under way. False if more bytes are needed for it. */
  #readOn(): boolean {
    const lines = this.#lines;
    while (!this.#builder) {
      if (!lines.next()) return false;
      const isBlank = fieldStart(lines.bytes, lines.start, lines.end) === lines.end;
      if (!isBlank) this.#builder = new CloudBuilder(this.#readCount(), true);
    }
    if (!this.#values) {
      if (!lines.next()) return false;
      this.#values = this.#readComment();
    }
    const [builder, columns] = [this.#builder, this.#columns!];
    while (!builder.isComplete) {
      if (!lines.next()) return false;
      this.#readPoint(builder, columns);
    }
    return true;
  }

  #readCount(): number {
    const text = this.#text().trim();
    const count = /^\d+$/.test(text) ? Number(text) : Infinity;
    return count <= MAX_POINTS
      ? count
      : this.#fail(`expected the number of points, at most ${MAX_POINTS}, got ${quoted(text)}`);
  }

  #readComment(): FrameValues {
    const fail = (detail: string): never => this.#fail(detail);
    const pairs = parseComment(this.#text());
    const declared = pairs.get('Properties');
    const { species, label, cell } = this.#options;
    if (!this.#columns || this.#declared !== declared) this.#columns = xyzColumns(declared, species, fail);
    this.#declared = declared;
    return {
      ...(label !== undefined && { label: parseLabel(pairs.get(label), `${label}=`, fail) }),
      ...(cell && latticeOf(pairs, fail)),
    };
  }

  #readPoint(builder: CloudBuilder, columns: XyzColumns): void {
    const { bytes, end } = this.#lines;
    const { position, species } = columns;
    let column = 0;
    for (let start = fieldStart(bytes, this.#lines.start, end); start < end; column++) {
      const stop = fieldEnd(bytes, start, end);
      const axis = column - position;
      if (axis >= 0 && axis < 3) this.#position[axis] = this.#coordinate(axis, start, stop);
      else if (column === species) this.#readSpecies(builder, columns, start, stop);
      start = fieldStart(bytes, stop, end);
    }
    const { count, isDeclared } = columns;
    if (isDeclared ? column !== count : column < count) {
      this.#fail(`expected ${isDeclared ? '' : 'at least '}${count} columns, got ${column}`);
    }
    builder.add(this.#position[0]!, this.#position[1]!, this.#position[2]!);
  }

  #coordinate(axis: number, start: number, end: number): number {
    const { bytes } = this.#lines;
    const value = parseDecimal(bytes, start, end);
    if (Number.isFinite(value)) return value;
    return this.#fail(`expected a finite number for ${'xyz'[axis]}, got ${quoted(textOf(bytes, start, end))}`);
  }

  #readSpecies({ species }: CloudBuilder, { speciesReader }: XyzColumns, start: number, end: number): void {
    const { bytes } = this.#lines;
    if (speciesReader.read(species!, bytes, start, end)) return;
    this.#fail(`expected ${speciesReader.expected}, got ${quoted(textOf(bytes, start, end))}`);
  }

  /** The line that is being read. */
  #text(): string {
    return textOf(this.#lines.bytes, this.#lines.start, this.#lines.end);
  }

  #fail(detail: string): never {
    throw new PipelineError('badData', `${this.#lines.name}:${this.#lines.number}: frame ${this.#frames}: ${detail}`);
  }
}
