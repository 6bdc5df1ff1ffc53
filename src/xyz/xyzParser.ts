import { MAX_POINTS } from '../clouds/capacity.js';
import type { Cloud } from '../clouds/cloud.js';
import { CloudBuilder } from '../clouds/cloudBuilder.js';
import { isNotFinite, parseDecimal } from '../clouds/decimal.js';
import type { LabelType } from '../clouds/label.js';
import { LeftOut } from '../clouds/leftOut.js';
import { LineReader } from '../clouds/lineReader.js';
import { NumberPacker } from '../clouds/numberPacker.js';
import { fieldEnd, fieldStart, quoted, shown, textOf } from '../clouds/text.js';
import { PipelineError } from '../errors.js';
import { ARRAY_SLOTS, type PointArray, SPECIES_SLOT, type XyzColumns, xyzColumns } from './columns.js';
import { CommentLine, hasFrameKeys } from './commentLine.js';
import type { XyzOptions } from './frameOptions.js';
import type { FrameStart } from './frameStarts.js';
import { FrameTail } from './frameTail.js';
import { frameValues } from './frameValues.js';
import { latticeOf, noCell } from './lattice.js';

/** What the comment line says of a frame. */
type FrameValues = Pick<Cloud, 'label' | 'info' | 'cell' | 'pbc'>;

/**
 * Reads frames of XYZ and extended XYZ that arrive in chunks of any size.
 *
 * A frame is a line with the number of points, a comment line, and a line a point. In extended XYZ the comment has pairs
 * `key=value`, of which `Properties=species:S:1:pos:R:3:…` tells the columns. Without it they are species, x, y and z, and what
 * follows them is passed over. Lengths stay in the units of the file, Å by convention.
 *
 * A frame ends with its last point, unless what follows may say more of it: vectors of a cell that is wanted and not there yet, or, where
 * damaged frames are left out, a point too many. A damaged frame reaches to the next number of points that a frame follows.
 *
 * Memory: a chunk and the frame under way.
 * @see https://github.com/libAtoms/extxyz
 */
export class XyzParser {
  readonly #options: XyzOptions;
  readonly #labelType: LabelType;
  readonly #leftOut: LeftOut;
  readonly #arrays: readonly PointArray[];
  readonly #lines: LineReader;
  #frame: number;
  #builder: CloudBuilder | undefined;
  /** What its comment line says, once that has arrived. */
  #values: FrameValues | undefined;
  #firstLabel: Cloud['label'];
  /** What may follow the points of the last comment's frame. */
  #tail: FrameTail | undefined;
  /** A frame that is complete but for its tail. */
  #held: Cloud | undefined;
  #columns: XyzColumns | undefined;
  /** The declaration of `#columns`: frame after frame it is the same. */
  #declared: string | undefined;
  /** Whether the line under way is to be read once more. */
  #isAgain = false;
  /** Whether the next frame has not been found again after a damaged one. */
  #isLost = false;
  #failure: PipelineError | undefined;
  /** Numbers of the point under way by their slots. */
  readonly #numbers: Float64Array;
  /** Where the texts of the point under way begin and end, by their slots. */
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  /** Of each slot whether it is a text. */
  readonly #isText: readonly boolean[];

  /**
   * @param name how messages call the file
   * @param labelType of the option `label`
   * @param leftOut counts what the options leave out
   * @param start where in the file the text begins that is read
   */
  constructor(
    name: string,
    options: XyzOptions = {},
    labelType: LabelType = 'uint8',
    leftOut: LeftOut = new LeftOut(),
    start: Pick<FrameStart, 'frame' | 'line'> = { frame: 0, line: 1 },
  ) {
    this.#lines = new LineReader(name, start.line - 1);
    this.#frame = start.frame;
    this.#options = options;
    this.#labelType = labelType;
    this.#leftOut = leftOut;
    this.#arrays = Object.entries(options.arrays ?? {}).map(([array, shape]) => ({
      name: array,
      width: shape === 'text' ? undefined : shape,
    }));
    this.#isText = [false, false, false, true].concat(
      this.#arrays.flatMap(({ width }) => Array<boolean>(width ?? 1).fill(width === undefined)),
    );
    this.#numbers = new Float64Array(this.#isText.length);
    this.#starts = new Uint32Array(this.#isText.length);
    this.#ends = new Uint32Array(this.#isText.length);
  }

  get firstLabel(): Cloud['label'] {
    return this.#firstLabel;
  }

  /** Index of the frame under way, from 0. */
  get frame(): number {
    return this.#frame;
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
    const held = this.#release();
    if (held) yield held;
    try {
      this.#expectEnd();
    } catch (error) {
      this.#lose(error, false);
    }
  }

  #expectEnd(): void {
    if (this.#builder) {
      const { claimed, length } = this.#builder;
      const found = this.#values ? `${length}` : 'not even a comment line';
      this.#fail(`expected ${claimed} points, got ${found}: the file is cut off`);
    }
    if (this.#frame === 0) this.#fail('expected a frame, got the end of the file');
  }

  *#complete(): Generator<Cloud, void, undefined> {
    for (;;) {
      let frame: Cloud | undefined;
      try {
        frame = this.#readOn();
      } catch (error) {
        this.#lose(error, true);
        continue;
      }
      if (!frame) return;
      yield frame;
    }
  }

  /** Reads to the end of the frame under way. Undefined if more bytes are needed for it. */
  #readOn(): Cloud | undefined {
    for (;;) {
      while (!this.#builder) {
        if (!this.#next()) return undefined;
        const { bytes, start, end } = this.#lines;
        if (fieldStart(bytes, start, end) === end) continue;
        this.#startFrame();
        const isNext = this.#builder !== undefined || this.#isAgain;
        const held = isNext ? this.#release() : undefined;
        if (held) return held;
      }
      if (!this.#values) {
        if (!this.#next()) return undefined;
        this.#values = this.#readComment();
        this.#isLost = false;
      }
      const [builder, columns] = [this.#builder, this.#columns!];
      while (!builder.isComplete) {
        if (!this.#next()) return undefined;
        this.#readPoint(builder, columns);
      }
      this.#held = { ...builder.finish(), ...this.#values, frame: this.#frame };
      const { cell, damaged } = this.#options;
      const isOpen = (cell && !this.#values.cell) === true || damaged === 'leaveOut';
      this.#builder = undefined;
      this.#values = undefined;
      this.#frame++;
      if (!isOpen) return this.#release();
    }
  }

  /** The frame whose end has come. */
  #release(): Cloud | undefined {
    const held = this.#held;
    this.#held = undefined;
    if (!held || held.cell || !this.#options.cell) return held;
    return { ...held, ...(this.#tail?.cell ?? noCell()) };
  }

  /** Begins a frame with its number of points, or reads a line that belongs to the one before. */
  #startFrame(): void {
    const text = this.#text().trim();
    const count = /^\d+$/.test(text) ? Number(text) : Infinity;
    if (count <= MAX_POINTS) {
      const shapes = this.#arrays.map(({ width }) => width ?? 'text');
      this.#builder = new CloudBuilder(count, true, shapes);
      return;
    }
    if (this.#isLost) return;
    if (this.#tail?.take(text, (detail) => this.#fail(detail))) {
      if (this.#options.cell && this.#tail.cell && (!this.#held || this.#held.cell)) {
        this.#fail('expected one cell (option cell), got that of the comment line and VEC lines');
      }
      return;
    }
    // A point too many makes the frame doubtful; anything else is what should be the next one.
    if (this.#held && !this.#isPoint()) {
      this.#isAgain = true;
      return;
    }
    if (this.#held) this.#frame--;
    this.#held = undefined;
    this.#fail(`expected the number of points, at most ${MAX_POINTS}, got ${quoted(text)}`);
  }

  #readComment(): FrameValues {
    const fail = (detail: string, column?: number): never => this.#fail(detail, column);
    const line = this.#text();
    if (hasFrameKeys(line)) this.#isLost = false;
    const comment = new CommentLine(line, fail);
    const declared = comment.frameValue('properties', fail);
    if (this.#isLost && this.#declared !== undefined && declared === undefined) fail('expected Properties=, got none');
    if (!this.#columns || this.#declared !== declared) {
      this.#columns = xyzColumns(declared, { species: this.#options.species, arrays: this.#arrays }, fail);
    }
    this.#declared = declared;
    this.#tail = new FrameTail(line);
    const values = frameValues(comment, this.#options, this.#labelType, fail);
    this.#firstLabel ??= values.label;
    return {
      ...values,
      ...(this.#options.cell && latticeOf(comment, line, fail)),
    };
  }

  #readPoint(builder: CloudBuilder, { count, isDeclared, slots, speciesReader }: XyzColumns): void {
    const { bytes, end } = this.#lines;
    const numbers = this.#numbers;
    let hasPosition = true;
    let column = 0;
    for (let start = fieldStart(bytes, this.#lines.start, end); start < end; column++) {
      if (column >= count && !isDeclared) break;
      const stop = fieldEnd(bytes, start, end);
      const slot = column < count ? slots[column]! : -1;
      if (slot >= 0) {
        if (this.#isText[slot]) {
          this.#starts[slot] = start;
          this.#ends[slot] = stop;
        } else {
          const value = parseDecimal(bytes, start, stop);
          numbers[slot] = value;
          if (!Number.isFinite(value)) hasPosition = this.#isLeftOut(slot, start, stop);
        }
      }
      start = fieldStart(bytes, stop, end);
    }
    if (isDeclared ? column !== count : column < count) {
      this.#fail(`expected ${isDeclared ? '' : 'at least '}${count} columns, got ${column}`);
    }
    if (!hasPosition) {
      this.#leftOut.point(() => `${this.#place()}: frame ${this.#frame}`);
      builder.leaveOut();
      return;
    }
    builder.add(numbers);
    const [from, to] = [this.#starts[SPECIES_SLOT]!, this.#ends[SPECIES_SLOT]!];
    if (!speciesReader.read(builder.species!, bytes, from, to)) {
      this.#fail(`expected ${speciesReader.expected}, got ${quoted(textOf(bytes, from, to))}`);
    }
    if (builder.arrays.length > 0) this.#addArrays(builder);
  }

  #addArrays({ arrays }: CloudBuilder): void {
    const { bytes } = this.#lines;
    let slot = ARRAY_SLOTS;
    for (const [i, array] of arrays.entries()) {
      const { name, width = 1 } = this.#arrays[i]!;
      if (array instanceof NumberPacker) array.add(this.#numbers, slot);
      else if (!array.add(bytes, this.#starts[slot]!, this.#ends[slot]!)) {
        this.#fail(`expected a text in UTF-8 for ${name}`);
      }
      slot += width;
    }
  }

  /** False where a coordinate is not finite, and its point is to be left out. */
  #isLeftOut(slot: number, start: number, end: number): false {
    const { bytes } = this.#lines;
    const isCoordinate = slot < SPECIES_SLOT;
    if (isCoordinate && this.#options.notFinite === 'leaveOut' && isNotFinite(bytes, start, end)) return false;
    return this.#fail(`expected a finite number for ${this.#nameOf(slot)}, got ${quoted(textOf(bytes, start, end))}`);
  }

  #nameOf(slot: number): string {
    if (slot < SPECIES_SLOT) return 'xyz'[slot]!;
    let next = ARRAY_SLOTS;
    return shown(this.#arrays.find(({ width = 1 }) => slot < (next += width))!.name);
  }

  /** Whether the line has coordinates where the points of the last frame have theirs. */
  #isPoint(): boolean {
    const fields = this.#text().trim().split(/\s+/);
    const { slots } = this.#columns!;
    return [0, 1, 2].every((axis) => Number.isFinite(Number(fields[slots.indexOf(axis)] ?? 'none')));
  }

  /** Goes to the next line, or once more to the same. */
  #next(): boolean {
    if (!this.#isAgain) return this.#lines.next();
    this.#isAgain = false;
    return true;
  }

  /** Counts the damaged frame, if it is to be left out. The line at fault, if there is one, may begin the next. */
  #lose(error: unknown, hasLine: boolean): void {
    if (this.#options.damaged !== 'leaveOut' || !(error instanceof PipelineError) || error !== this.#failure) {
      throw error;
    }
    if (!this.#isLost) {
      const [frame, line] = [this.#frame++, this.#lines.number];
      this.#leftOut.cloud({ message: error.message, frame, line, ...(hasLine && { text: this.#text() }) });
    }
    this.#isAgain = this.#builder !== undefined;
    this.#isLost = true;
    this.#builder = undefined;
    this.#values = undefined;
    this.#tail = undefined;
  }

  /** The line that is being read. */
  #text(): string {
    return textOf(this.#lines.bytes, this.#lines.start, this.#lines.end);
  }

  #place(): string {
    return `${this.#lines.name}:${this.#lines.number}`;
  }

  #fail(detail: string, column?: number): never {
    const place = column === undefined ? this.#place() : `${this.#place()}:${column}`;
    this.#failure = new PipelineError('badData', `${place}: frame ${this.#frame}: ${detail}`);
    throw this.#failure;
  }
}
