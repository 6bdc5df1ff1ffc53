import { parseDocument, type ErrorCode } from 'yaml';
import { describeValue } from './describe.js';
import type { Diagnostics, DocumentPlace } from './diagnostics.js';
import { formatPath, isMapping, type Path } from './paths.js';
import type { Scalar } from './scalar.js';
import { SourceText, type Span } from './sourceText.js';
import { TreeBuilder, type Spot } from './yamlTree.js';

/** A pipeline file as plain values that still know where they stand. */
export interface PipelineDocument {
  /** The name of the file, as messages give it. */
  readonly file: string;
  readonly text: string;
  /** Mappings, lists and scalars; `undefined` marks a value whose variable could not be resolved (and was reported). */
  readonly value: unknown;
  /** Values that the environment has given, or parts of, by their paths. */
  readonly outside: ReadonlyMap<string, OutsideText>;
  /** The texts that the environment has given, by what is shown of them: `${NAME}`. */
  readonly given: ReadonlyMap<string, string>;
  /** What the variables of the file stand for, as far as they have a value. */
  readonly variables: ReadonlyMap<string, Scalar>;
  /**
   * Where the key or the value at `path` stands. An item of a list has no key of its own: its value is meant. What is not in
   * the file is located at the key of its nearest ancestor.
   */
  locate(path: Path, part: 'key' | 'value'): DocumentPlace;
  /** The text a number, boolean or null was read from, if a variable or a setting brought it in. */
  variableText(path: Path): string | undefined;
}

/** A text that comes from the environment, and what is shown of it: `${NAME}` in place of what was given. */
export interface OutsideText {
  readonly text: string;
  readonly shown: string;
}

/** For errors whose text is addressed to users of the parser. */
const CLEARER_MESSAGES: Partial<Record<ErrorCode, string>> = {
  MULTIPLE_DOCS: 'expected one YAML document, found a second one',
  NON_STRING_KEY: 'expected text for a key, found a list, a mapping or an alias',
  RESOURCE_EXHAUSTION: 'lists and mappings are nested too deeply',
};

/** Once a document has ended too early, the parser stumbles over every token that follows: only the first is told. */
const STUMBLE = /^Unexpected .* token in YAML stream/;

/**
 * Parses YAML 1.2 (core schema, `<<` merges, keys are always text). Everything wrong becomes a diagnostic.
 *
 * @returns undefined if the text is no YAML mapping, so that there is nothing to go on with
 */
export function parseYaml(text: string, file: string, diagnostics: Diagnostics): YamlDocument | undefined {
  const source = new SourceText(file, text);
  const parsed = parseDocument(source.text, {
    prettyErrors: false,
    schema: 'core',
    resolveKnownTags: false,
    stringKeys: true,
    // Duplicates are found by the tree builder, with the exact range and the line of the first.
    uniqueKeys: false,
  });
  const place = (span: Span): DocumentPlace => ({ path: '', location: source.locate(span) });

  for (const { pos, message } of parsed.warnings) diagnostics.warning(place(pos), yamlMessage(message));
  const stumble = parsed.errors.findIndex(({ message }) => STUMBLE.test(message));
  // What is nested too deeply is not read further, and so everything seems to be cut off.
  const tooDeep = parsed.errors.filter(({ code }) => code === 'RESOURCE_EXHAUSTION').slice(0, 1);
  const others = parsed.errors.filter(({ message }, index) => index === stumble || !STUMBLE.test(message));
  const errors = tooDeep.length > 0 ? tooDeep : others;
  for (const { pos, code, message } of errors) {
    diagnostics.error(place(pos), CLEARER_MESSAGES[code] ?? yamlMessage(message));
  }
  if (errors.length > 0) return undefined;

  const builder = new TreeBuilder(parsed, source, diagnostics);
  const { value, spot } = builder.build(parsed.contents, [], [0, 0]);
  if (builder.isExhausted) return undefined;
  if (!isMapping(value)) {
    const found = parsed.contents === null ? 'an empty file' : describeValue(value);
    diagnostics.error(place(spot.value), `expected a mapping with the key pipelines, got ${found}`);
    return undefined;
  }
  return new YamlDocument(source, value, spot);
}

/** A parsed file before its variables are replaced. */
export class YamlDocument {
  readonly file: string;
  readonly text: string;
  readonly value: Record<string, unknown>;
  readonly #source: SourceText;
  readonly #root: Spot;

  constructor(source: SourceText, value: Record<string, unknown>, root: Spot) {
    this.file = source.file;
    this.text = source.text;
    this.value = value;
    this.#source = source;
    this.#root = root;
  }

  has(path: Path): boolean {
    return this.#follow(path).depth === path.length;
  }

  /** As {@link PipelineDocument.locate}. */
  locate(path: Path, part: 'key' | 'value'): DocumentPlace {
    const { spot, depth } = this.#follow(path);
    const wantsKey = part === 'key' || depth < path.length;
    return { path: formatPath(path), location: this.#source.locate(wantsKey ? (spot.key ?? spot.value) : spot.value) };
  }

  /**
   * Where `part` stands within the scalar at `path`, given that it begins at `index` of the scalar's value. Escapes and folded
   * lines shift the text of a scalar against its value, so it is found by counting its occurrences.
   */
  locateWithin(path: Path, part: string, value: string, index: number): DocumentPlace {
    const [start, end] = this.#scalarSpan(path);
    const written = this.text.slice(start, end);
    let found = written.indexOf(part);
    for (let at = value.indexOf(part); at < index && found >= 0; at = value.indexOf(part, at + 1)) {
      found = written.indexOf(part, found + 1);
    }
    if (found < 0) return this.locate(path, 'value');
    const from = start + found;
    return { path: formatPath(path), location: this.#source.locate([from, from + part.length]) };
  }

  /** As {@link PipelineDocument.variableText}: nothing has been brought in yet. */
  variableText(): undefined {
    return undefined;
  }

  /** The scalar at `path` as it is written, quotes included: `1.10`, not 1.1. */
  scalarText(path: Path): string {
    return this.text.slice(...this.#scalarSpan(path));
  }

  #scalarSpan(path: Path): Span {
    const { spot } = this.#follow(path);
    return spot.scalar ?? spot.value;
  }

  /** The spot of the longest part of `path` that exists. */
  #follow(path: Path): { spot: Spot; depth: number } {
    let spot = this.#root;
    for (const [depth, key] of path.entries()) {
      const child = spot.children?.get(key);
      if (child === undefined) return { spot, depth };
      spot = child;
    }
    return { spot, depth: path.length };
  }
}

function yamlMessage(message: string): string {
  return `invalid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
