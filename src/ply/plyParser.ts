import type { CloudValues } from '../clouds/cloud.js';
import { CloudBuilder } from '../clouds/cloudBuilder.js';
import { type LabelOptions, type LabelType, parseLabel } from '../clouds/label.js';
import { type LeaveOutOptions, LeftOut } from '../clouds/leftOut.js';
import { LineReader } from '../clouds/lineReader.js';
import { shown, textOf } from '../clouds/text.js';
import { PipelineError } from '../errors.js';
import { asciiBody } from './asciiBody.js';
import { binaryBody } from './binaryBody.js';
import { type PlyHeader, PlyHeaderReader } from './header.js';
import { vertexFields } from './vertexFields.js';
import { type PlyBody, Vertices } from './vertices.js';

/**
 * What is read of a file beside the positions of its vertices. The label is what follows its name in a line `comment` or `obj_info`.
 */
export interface PlyOptions extends LabelOptions, LeaveOutOptions {
  /** Property of the vertices that is the species; by default there is none. */
  readonly species?: string | undefined;
}

/** What the header announces, and how its rows are read. */
interface Content {
  readonly body: PlyBody;
  readonly label: number | string | undefined;
}

/**
 * Reads the vertices of a PLY file, ascii or binary of either byte order, that arrives in chunks of any size. Other elements and lists are
 * passed over; before the vertices they must be all there.
 *
 * Memory: a chunk and the cloud.
 * @see Turk 1994, The PLY Polygon File Format
 */
export class PlyParser {
  /** Index of its only cloud. */
  readonly frame = 0;
  readonly clouds: CloudBuilder;
  readonly #name: string;
  readonly #options: PlyOptions;
  readonly #header = new PlyHeaderReader((detail) => this.#fail(detail));
  readonly #labelType: LabelType;
  readonly #leftOut: LeftOut;
  readonly #lines: LineReader;
  #headerBytes = 0;
  /** What the header announces, once it has been read. */
  #content: Content | undefined;

  /**
   * @param name how messages call the file
   * @param labelType of the option `label`
   * @param leftOut counts what the options leave out
   * @param clouds gets the cloud
   */
  constructor(
    name: string,
    options: PlyOptions = {},
    labelType: LabelType = 'uint8',
    leftOut: LeftOut = new LeftOut(),
    clouds: CloudBuilder = new CloudBuilder(options.species !== undefined),
  ) {
    this.clouds = clouds;
    this.#name = name;
    this.#options = options;
    this.#labelType = labelType;
    this.#leftOut = leftOut;
    this.#lines = new LineReader(name);
  }

  get firstLabel(): CloudValues['label'] {
    return this.#content?.label;
  }

  /**
   * Takes the next bytes. There is no cloud before the end of the file.
   * @throws PipelineError `badData` naming file and line or byte, and vertex
   */
  push(chunk: Uint8Array): readonly never[] {
    if (this.#content) {
      this.#content.body.push(chunk);
    } else {
      this.#lines.push(chunk);
      this.#readHeader();
    }
    return [];
  }

  /**
   * Ends the cloud, since nothing follows, and tells it.
   * @throws PipelineError `badData` if rows are missing
   */
  *end(): Generator<void, void, undefined> {
    if (!this.#content) {
      this.#lines.finish();
      this.#readHeader();
    }
    const { body, label } = this.#content ?? this.#fail('expected end_header, got the end of the file');
    body.end();
    this.clouds.end(label === undefined ? {} : { label }, this.frame);
    yield;
  }

  /** Reads what is there of the header and, if that is all of it, of the rows. */
  #readHeader(): void {
    const lines = this.#lines;
    while (!this.#content && lines.next()) {
      this.#headerBytes += lines.end + 1 - lines.start;
      const header = this.#header.read(textOf(lines.bytes, lines.start, lines.end));
      if (header) this.#content = this.#startRows(header);
    }
  }

  #startRows(header: PlyHeader): Content {
    const lines = this.#lines;
    const fail = (detail: string): never => this.#fail(detail);
    const { species, label } = this.#options;
    const vertices = new Vertices(this.clouds, header, vertexFields(header, species, fail), this.#options, (vertex) =>
      this.#leftOut.point(() => `${this.#name}: vertex ${vertex}`),
    );
    const value =
      label === undefined
        ? undefined
        : parseLabel(valueOf(header, label), this.#labelType, this.#options, `comment ${shown(label)}`, fail);
    if (header.format === 'ascii') return { body: asciiBody(header, lines, vertices), label: value };
    const body = binaryBody(this.#name, header, vertices, this.#headerBytes);
    body.push(lines.rest());
    return { body, label: value };
  }

  #fail(detail: string): never {
    throw new PipelineError('badData', `${this.#name}:${this.#lines.number}: ${detail}`);
  }
}

/** What follows the key in the first line `comment key …` or `obj_info key …`. */
function valueOf({ comments }: PlyHeader, key: string): string | undefined {
  const words = comments.map((comment) => comment.split(/\s+/)).find(([first]) => first === key);
  return words?.slice(1).join(' ');
}
