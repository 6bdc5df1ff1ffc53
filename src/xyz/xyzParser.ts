import { MAX_POINTS } from '../clouds/capacity.js';
import type { CloudValues } from '../clouds/cloud.js';
import { CloudBuilder } from '../clouds/cloudBuilder.js';
import { isNotFinite, type ReadField, readDecimal } from '../clouds/decimal.js';
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
import { pointCount } from './pointCount.js';

const QM9 = /^\s*gdb\s/;

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
 * Memory: a chunk and the frames that nobody has taken.
 * @see https://github.com/libAtoms/extxyz
 */
export class XyzParser {
  readonly clouds: CloudBuilder;
  readonly #options: XyzOptions;
  readonly #labelType: LabelType;
  readonly #leftOut: LeftOut;
  readonly #arrays: readonly PointArray[];
  readonly #lines: LineReader;
  #frame: number;
  /** Whether the number of points of a frame has arrived, and not all of them. */
  #isOpen = false;
  /** What its comment line says, once that has arrived. */
  #values: CloudValues | undefined;
  #firstLabel: CloudValues['label'];
  /** The last comment line that has been read: frame after frame it may be the same. */
  #comment: { readonly bytes: Uint8Array; readonly values: CloudValues; readonly isOfQm9: boolean } | undefined;
  /** What follows the points of the last comment's frame, if anything does. */
  #tail: FrameTail | undefined;
  /** What is said of a frame that is complete but for its tail. */
  #held: CloudValues | undefined;
  #columns: XyzColumns | undefined;
  /** The declaration of `#columns`. */
  #declared: string | undefined;
  /** Whether the line under way is to be read once more. */
  #isAgain = false;
  /** Whether the next frame has not been found again after a damaged one. */
  #isLost = false;
  #failure: PipelineError | undefined;
  readonly #field: ReadField = { end: 0 };
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
   * @param clouds gets the frames
   * @param start where in the file the text begins that is read
   */
  constructor(
    name: string,
    options: XyzOptions = {},
    labelType: LabelType = 'uint8',
    leftOut: LeftOut = new LeftOut(),
    clouds: CloudBuilder = new CloudBuilder(true, Object.values(options.arrays ?? {})),
    start: Pick<FrameStart, 'frame' | 'line'> = { frame: 0, line: 1 },
  ) {
    this.clouds = clouds;
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

  get firstLabel(): CloudValues['label'] {
    return this.#firstLabel;
  }

  /** Index of the frame under way, from 0. */
  get frame(): number {
    return this.#frame;
  }

  /**
   * Adds the frames that are complete with this chunk to `clouds`, and tells each, before the next is read. All are to be asked for before the
   * next chunk.
   * @throws PipelineError `badData` naming file, line and frame
   */
  *push(chunk: Uint8Array): Generator<void, void, undefined> {
    this.#lines.push(chunk);
    while (this.#completes()) yield;
  }

  /**
   * The frames that are complete since nothing follows.
   * @throws PipelineError `badData` if the file ends within a frame, or has none
   */
  *end(): Generator<void, void, undefined> {
    this.#lines.finish();
    while (this.#completes()) yield;
    if (this.#release()) yield;
    try {
      this.#expectEnd();
    } catch (error) {
      this.#lose(error, false);
    }
  }

  #expectEnd(): void {
    if (this.#isOpen) {
      const { claimed, length } = this.clouds;
      const found = this.#values ? `${length}` : 'not even a comment line';
      this.#fail(`expected ${claimed} points, got ${found}: the file is cut off`);
    }
    if (this.#frame === 0) this.#fail('expected a frame, got the end of the file');
  }

  /** Reads to the end of a frame that is not to be left out. False if more bytes are needed for it. */
  #completes(): boolean {
    for (;;) {
      try {
        return this.#readOn();
      } catch (error) {
        this.#lose(error, true);
      }
    }
  }

  /** Reads to the end of a frame. False if more bytes are needed for it. */
  #readOn(): boolean {
    const { clouds } = this;
    for (;;) {
      while (!this.#isOpen) {
        if (!this.#next()) return false;
        const { bytes, start, end } = this.#lines;
        if (fieldStart(bytes, start, end) < end && this.#startFrame()) return true;
      }
      if (!this.#values) {
        if (!this.#next()) return false;
        this.#values = this.#readComment();
        this.#isLost = false;
      }
      const columns = this.#columns!;
      while (!clouds.isComplete) {
        if (!this.#next()) return false;
        this.#readPoint(columns);
      }
      const { cell, damaged } = this.#options;
      const mayGoOn = (cell && !this.#values.cell) === true || damaged === 'leaveOut';
      this.#held = this.#values;
      this.#values = undefined;
      this.#isOpen = false;
      this.#frame++;
      if (!mayGoOn) return this.#release();
    }
  }

  /** Ends the frame whose end has come, if one waits for it. */
  #release(): boolean {
    const held = this.#held;
    if (!held) return false;
    this.#held = undefined;
    const isCellKnown = held.cell !== undefined || !this.#options.cell;
    this.clouds.end(isCellKnown ? held : { ...held, ...(this.#tail?.cell ?? noCell()) }, this.#frame - 1);
    return true;
  }

  /**
   * Begins a frame with its number of points, or reads a line that belongs to the one before.
   * @returns whether that one has ended with it
   */
  #startFrame(): boolean {
    const { bytes, start, end } = this.#lines;
    const count = pointCount(bytes, start, end);
    if (count !== undefined) {
      const hasEnded = this.#release();
      this.clouds.begin(count);
      this.#isOpen = true;
      return hasEnded;
    }
    if (this.#isLost) return false;
    const text = this.#text().trim();
    if (this.#comment) this.#tail ??= new FrameTail(this.#comment.isOfQm9);
    if (this.#tail?.take(text, (detail) => this.#fail(detail))) {
      if (this.#options.cell && this.#tail.cell && (!this.#held || this.#held.cell)) {
        this.#fail('expected one cell (option cell), got that of the comment line and VEC lines');
      }
      return false;
    }
    // A point too many makes the frame doubtful; anything else is what should be the next one.
    if (this.#held && !this.#isPoint()) {
      this.#isAgain = true;
      return this.#release();
    }
    if (this.#held) this.#frame--;
    this.#held = undefined;
    return this.#fail(`expected the number of points, at most ${MAX_POINTS}, got ${quoted(text)}`);
  }

  #readComment(): CloudValues {
    this.#tail = undefined;
    const { bytes, start, end } = this.#lines;
    const earlier = this.#isLost ? undefined : this.#comment;
    if (earlier && areEqual(earlier.bytes, bytes, start, end)) return earlier.values;
    const line = this.#text();
    const values = this.#readNewComment(line);
    this.#comment = { bytes: bytes.slice(start, end), values, isOfQm9: QM9.test(line) };
    return values;
  }

  #readNewComment(line: string): CloudValues {
    const fail = (detail: string, column?: number): never => this.#fail(detail, column);
    if (this.#isLost && hasFrameKeys(line)) this.#isLost = false;
    const comment = new CommentLine(line, fail);
    const declared = comment.frameValue('properties', fail);
    if (this.#isLost && this.#declared !== undefined && declared === undefined) fail('expected Properties=, got none');
    if (!this.#columns || this.#declared !== declared) {
      this.#columns = xyzColumns(declared, { species: this.#options.species, arrays: this.#arrays }, fail);
    }
    this.#declared = declared;
    const values = frameValues(comment, this.#options, this.#labelType, fail);
    this.#firstLabel ??= values.label;
    return {
      ...values,
      ...(this.#options.cell && latticeOf(comment, line, fail)),
    };
  }

  #readPoint({ count, isDeclared, slots, speciesReader }: XyzColumns): void {
    const { clouds } = this;
    const { bytes, end } = this.#lines;
    const numbers = this.#numbers;
    const field = this.#field;
    let hasPosition = true;
    let column = 0;
    for (let start = fieldStart(bytes, this.#lines.start, end); start < end; column++) {
      if (column >= count && !isDeclared) break;
      const slot = column < count ? slots[column]! : -1;
      if (slot >= 0 && !this.#isText[slot]) {
        const value = readDecimal(bytes, start, end, field);
        numbers[slot] = value;
        if (!Number.isFinite(value)) hasPosition = this.#isLeftOut(slot, start, field.end);
      } else {
        field.end = fieldEnd(bytes, start, end);
        if (slot >= 0) {
          this.#starts[slot] = start;
          this.#ends[slot] = field.end;
        }
      }
      start = fieldStart(bytes, field.end, end);
    }
    if (isDeclared ? column !== count : column < count) {
      this.#fail(`expected ${isDeclared ? '' : 'at least '}${count} columns, got ${column}`);
    }
    if (!hasPosition) {
      this.#leftOut.point(() => `${this.#place()}: frame ${this.#frame}`);
      clouds.leaveOut();
      return;
    }
    clouds.add(numbers);
    const [from, to] = [this.#starts[SPECIES_SLOT]!, this.#ends[SPECIES_SLOT]!];
    if (!speciesReader.read(clouds.species!, bytes, from, to)) {
      this.#fail(`expected ${speciesReader.expected}, got ${quoted(textOf(bytes, from, to))}`);
    }
    if (this.#arrays.length > 0) this.#addArrays();
  }

  #addArrays(): void {
    const { bytes } = this.#lines;
    let slot = ARRAY_SLOTS;
    for (const [i, array] of this.clouds.arrays.entries()) {
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
    this.#isAgain = this.#isOpen;
    this.#isLost = true;
    this.#isOpen = false;
    this.#values = undefined;
    this.#tail = undefined;
    this.clouds.drop();
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

/** Whether `bytes` from `start` to `end` are these. */
function areEqual(these: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== these.length) return false;
  for (let i = 0; i < these.length; i++) if (these[i] !== bytes[start + i]) return false;
  return true;
}
