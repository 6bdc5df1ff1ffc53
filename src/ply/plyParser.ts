import type { Cloud } from '../clouds/cloud.js';
import { parseLabel } from '../clouds/label.js';
import { LineReader } from '../clouds/lineReader.js';
import { textOf } from '../clouds/text.js';
import { PipelineError } from '../errors.js';
import { AsciiBody } from './asciiBody.js';
import { BinaryBody } from './binaryBody.js';
import { type PlyHeader, PlyHeaderReader } from './header.js';
import { vertexFields } from './vertexFields.js';
import { Vertices } from './vertices.js';

/** What is read of a file beside the positions of its vertices. */
export interface PlyOptions {
  /** Property of the vertices that is the species; by default there is none. */
  readonly species?: string | undefined;
  /** First word of a line `comment` or `obj_info` whose second is the label; by default there is none. */
  readonly label?: string | undefined;
}

/** What the header announces, and how its rows are read. */
interface Content {
  readonly vertices: Vertices;
  readonly body: AsciiBody | BinaryBody;
  readonly label: number | undefined;
}

/** Enough to tell how lines end: `ply` and what follows it. */
const START_BYTES = 5;
const [LINE_FEED, CARRIAGE_RETURN] = [10, 13];

/**
 * Reads the vertices of a PLY file, ascii or binary of either byte order, that arrives in chunks of any size. Other elements and lists are
 * passed over, but must be all there.
 *
 * Memory: a chunk and the cloud.
 * @see Turk 1994, The PLY Polygon File Format
 */
export class PlyParser {
  readonly #name: string;
  readonly #options: PlyOptions;
  readonly #header = new PlyHeaderReader((detail) => this.#fail(detail));
  /** The first bytes, until there are enough of them to start `#lines`. */
  #start: Uint8Array = new Uint8Array(0);
  #lines: LineReader | undefined;
  #headerBytes = 0;
  /** What the header announces, once it has been read. */
  #content: Content | undefined;

  /** @param name how messages call the file */
  constructor(name: string, options: PlyOptions = {}) {
    this.#name = name;
    this.#options = options;
  }

  /**
   * Takes the next bytes. There is no cloud before the end of the file.
   * @throws PipelineError `badData` naming file and line or byte, and vertex
   */
  push(chunk: Uint8Array): readonly never[] {
    if (this.#content) {
      this.#content.body.push(chunk);
    } else if (this.#lines) {
      this.#lines.push(chunk);
      this.#readHeader(this.#lines);
    } else {
      this.#start = Buffer.concat([this.#start, chunk]);
      if (this.#start.length >= START_BYTES) this.#startLines();
    }
    return [];
  }

  /**
   * The cloud, since nothing follows.
   * @throws PipelineError `badData` if rows are missing
   */
  end(): readonly Cloud[] {
    if (!this.#content) {
      const lines = this.#lines ?? this.#startLines();
      lines.finish();
      this.#readHeader(lines);
    }
    const { body, vertices, label } = this.#content ?? this.#fail('expected end_header, got the end of the file');
    body.end();
    return [{ ...vertices.builder.finish(), ...(label !== undefined && { label }) }];
  }

  #startLines(): LineReader {
    const isCarriageReturn = this.#start[3] === CARRIAGE_RETURN && this.#start[4] !== LINE_FEED;
    this.#lines = new LineReader(this.#name, isCarriageReturn ? CARRIAGE_RETURN : LINE_FEED);
    this.#lines.push(this.#start);
    this.#readHeader(this.#lines);
    return this.#lines;
  }

  /** Reads what is there of the header and, if that is all of it, of the rows. */
  #readHeader(lines: LineReader): void {
    while (!this.#content && lines.next()) {
      this.#headerBytes += lines.end + 1 - lines.start;
      const header = this.#header.read(textOf(lines.bytes, lines.start, lines.end));
      if (header) this.#content = this.#startRows(header, lines);
    }
  }

  #startRows(header: PlyHeader, lines: LineReader): Content {
    const fail = (detail: string): never => this.#fail(detail);
    const { species, label } = this.#options;
    const vertices = new Vertices(header, vertexFields(header, species, fail));
    const value = label === undefined ? undefined : parseLabel(valueOf(header, label), `comment ${label}`, fail);
    if (header.format === 'ascii') {
      const body = new AsciiBody(header, lines, vertices);
      body.readOn();
      return { vertices, body, label: value };
    }
    const body = new BinaryBody(this.#name, header, vertices, this.#headerBytes);
    body.push(lines.rest());
    return { vertices, body, label: value };
  }

  #fail(detail: string): never {
    throw new PipelineError('badData', `${this.#name}:${this.#lines?.number ?? 0}: ${detail}`);
  }
}

/** What follows the key in the first line `comment key …` or `obj_info key …`. */
function valueOf({ comments }: PlyHeader, key: string): string | undefined {
  const words = comments.map((comment) => comment.split(/\s+/)).find(([first]) => first === key);
  return words?.slice(1).join(' ');
}
