import { MAX_POINTS } from '../clouds/capacity.js';
import { quoted, shown } from '../clouds/text.js';
import { PLY_TYPES, type PlyType } from './types.js';

export interface PlyProperty {
  readonly name: string;
  /** Of the value, or of each item of a list. */
  readonly type: PlyType;
  /** Of the number of items that stands before them, if it is a list. */
  readonly countType?: PlyType;
}

export interface PlyElement {
  readonly name: string;
  readonly count: number;
  readonly properties: readonly PlyProperty[];
}

/** The element whose rows are points. */
export const VERTEX = 'vertex';

const FORMATS = ['ascii', 'binary_little_endian', 'binary_big_endian'] as const;
export type PlyFormat = (typeof FORMATS)[number];

export interface PlyHeader {
  readonly format: PlyFormat;
  /** In the order of their rows. */
  readonly elements: readonly PlyElement[];
  /** What follows `comment` and `obj_info`. */
  readonly comments: readonly string[];
}

/** Reads the header of a PLY file, line by line. */
export class PlyHeaderReader {
  readonly #fail: (detail: string) => never;
  readonly #elements: { name: string; count: number; properties: PlyProperty[] }[] = [];
  readonly #comments: string[] = [];
  #isStarted = false;
  #format: PlyFormat | undefined;

  /** @param fail throws, with the place */
  constructor(fail: (detail: string) => never) {
    this.#fail = fail;
  }

  /** Takes the next line. Answers with the header if the line is its end. */
  read(line: string): PlyHeader | undefined {
    const text = line.trim();
    const keyword = /^\S*/.exec(text)![0];
    if (!this.#isStarted) {
      if (text !== 'ply') this.#fail(`expected a PLY file, whose first line is ply, got ${quoted(text)}`);
      this.#isStarted = true;
    } else if (keyword === '') {
      // Some programs leave lines blank.
    } else if (keyword === 'end_header') {
      return this.#header();
    } else if (keyword === 'format') {
      this.#readFormat(text);
    } else if (keyword === 'element') {
      this.#readElement(text);
    } else if (keyword === 'property') {
      this.#readProperty(text);
    } else if (keyword === 'comment' || keyword === 'obj_info') {
      this.#comments.push(text.slice(keyword.length).trim());
    } else {
      this.#fail(`expected format, element, property, comment, obj_info or end_header, got ${quoted(text)}`);
    }
    return undefined;
  }

  #readFormat(text: string): void {
    const [, name, version] = /^format\s+(\S+)\s+(\S+)$/.exec(text) ?? [];
    this.#format = FORMATS.find((format) => format === name);
    if (!this.#format || version !== '1.0') {
      this.#fail(`expected format ${FORMATS.join(' or ')} 1.0, got ${quoted(text)}`);
    }
  }

  #readElement(text: string): void {
    const [, name, digits] = /^element\s+(\S+)\s+(\d+)$/.exec(text) ?? [];
    if (name === undefined) this.#fail(`expected element, its name and its number of rows, got ${quoted(text)}`);
    const count = Number(digits);
    const most = name === VERTEX ? MAX_POINTS : Number.MAX_SAFE_INTEGER;
    if (count > most) this.#fail(`expected at most ${most} rows of ${shown(name)}, got ${digits}`);
    if (this.#elements.some((element) => element.name === name))
      this.#fail(`expected one element ${shown(name)}, got two`);
    this.#elements.push({ name, count, properties: [] });
  }

  #readProperty(text: string): void {
    const [, countType, type, name] =
      /^property\s+list\s+(\S+)\s+(\S+)\s+(\S+)$/.exec(text) ?? /^property()\s+(\S+)\s+(\S+)$/.exec(text) ?? [];
    const element = this.#elements.at(-1);
    if (name === undefined || !element) {
      return this.#fail(`expected an element, then property, its type and its name, got ${quoted(text)}`);
    }
    if (element.properties.some((property) => property.name === name)) {
      this.#fail(`expected one property ${shown(name)} of ${shown(element.name)}, got two`);
    }
    element.properties.push({
      name,
      type: this.#type(type!),
      ...(countType !== '' && { countType: this.#integerType(countType!) }),
    });
  }

  #type(name: string): PlyType {
    const types = [...PLY_TYPES.keys()].join(', ');
    return PLY_TYPES.get(name) ?? this.#fail(`expected a type of ${types}, got ${quoted(name)}`);
  }

  #integerType(name: string): PlyType {
    const type = this.#type(name);
    return type.isInteger ? type : this.#fail(`expected an integer type for the length of a list, got ${name}`);
  }

  #header(): PlyHeader {
    const format = this.#format ?? this.#fail('expected a line format in the header, got none');
    return { format, elements: this.#elements, comments: this.#comments };
  }
}
