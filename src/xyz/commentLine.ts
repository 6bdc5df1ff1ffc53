import { quoted } from '../clouds/text.js';

/** A key and its value in the comment line of a frame. */
export interface Pair {
  readonly key: string;
  /** Without its quotes or braces; brackets stay. */
  readonly value: string;
  /** A word that stands alone has the value T. */
  readonly isAlone: boolean;
  /** Of the key, from 1. */
  readonly column: number;
}

/** What cannot be read of a line, and where. */
export interface CommentFailure {
  /** From 1. */
  readonly column: number;
  readonly detail: string;
}

/** The keys that tell how a frame is read, in lower case, which some programs write. */
export type FrameKey = 'properties' | 'lattice' | 'pbc';
const FRAME_KEYS: ReadonlySet<string> = new Set<FrameKey>(['properties', 'lattice', 'pbc']);
const LONGEST_FRAME_KEY = 'properties'.length;
const FRAME_PAIR = /(?:properties|lattice|pbc)["'}\]]?\s*=/i;

/** What the value of `Properties` looks like. */
const COLUMNS = /^[^\s:]+:[SRIL]:\d+(?::|$)/;

/** Whether a line says how its frame is to be read, even if the line cannot be read itself. */
export function hasFrameKeys(line: string): boolean {
  return FRAME_PAIR.test(line);
}

/** Fails with what is wrong, at a column of the line if that is known. */
export type FailComment = (detail: string, column?: number) => never;

/**
 * The `key=value` pairs of the second line of an extended XYZ frame.
 *
 * Values are bare words, texts in double quotes with escapes `\"`, old lists in single quotes or braces, and new ones in brackets. A word
 * alone is a key that is true; nothing after `=` but the next pair is an empty value. Apostrophes within words are letters. What is more
 * than the specification has, ASE writes: bare values may contain `,`, `=` and single backslashes.
 *
 * A line that is no sequence of such pairs is free text. Where it has `Properties`, `Lattice` or `pbc` it must not be.
 *
 * @see https://github.com/libAtoms/extxyz#extended-xyz-specification
 */
export class CommentLine {
  readonly #line: string;
  #pairs: readonly Pair[] = [];
  #failure: CommentFailure | undefined;

  /** @param fail throws, with the place, where the line says how the frame is to be read and cannot be read itself */
  constructor(line: string, fail: FailComment) {
    this.#line = line;
    if (!line.includes('=')) return; // nothing but words
    this.#parse();
    if (this.#failure && hasFrameKeys(line)) fail(this.#failure.detail, this.#failure.column);
  }

  #parse(): void {
    const { pairs, failure } = parsePairs(this.#line);
    this.#pairs = pairs;
    this.#failure = failure ?? misplacedKey(pairs);
  }

  /** The value of a key; undefined if it is not there. */
  value(key: string, fail: FailComment): string | undefined {
    if (!this.#line.includes('=')) this.#parse();
    if (this.#failure) fail(this.#failure.detail, this.#failure.column);
    return single(
      this.#pairs.filter((pair) => pair.key === key),
      fail,
    );
  }

  /** The same of a key that tells how the frame is read. */
  frameValue(key: FrameKey, fail: FailComment): string | undefined {
    const pairs = this.#pairs.filter((pair) => frameKeyOf(pair) === key);
    if (key === 'properties' && pairs.length === 0) this.#expectNoColumns(fail);
    return single(pairs, fail);
  }

  /** Columns under another key are a misspelling, and must not be lost. */
  #expectNoColumns(fail: FailComment): void {
    const misspelt = this.#pairs.find(({ value }) => COLUMNS.test(value));
    if (misspelt) fail(`expected Properties=${quoted(misspelt.value)}, got ${quoted(misspelt.key)}=`, misspelt.column);
  }
}

/** That of all of the pairs; they must not differ. */
function single(pairs: readonly Pair[], fail: FailComment): string | undefined {
  const [first] = pairs;
  const other = pairs.find(({ value }) => value !== first?.value);
  if (first && other) {
    fail(`expected one value of ${other.key}, got ${quoted(first.value)} and ${quoted(other.value)}`, other.column);
  }
  return first?.value;
}

/** Which key of the frame it is, if it is one, whatever its letters. */
function frameKeyOf({ key, isAlone }: Pair): string | undefined {
  if (isAlone || key.length > LONGEST_FRAME_KEY) return undefined;
  const name = key.toLowerCase();
  return FRAME_KEYS.has(name) ? name : undefined;
}

/** A key of the frame that has come without its value, or with a character too many, beside others. */
function misplacedKey(pairs: readonly Pair[]): CommentFailure | undefined {
  if (!pairs.some(frameKeyOf)) return undefined;
  const misplaced = pairs.find(
    (pair) => (pair.isAlone || /\W/.test(pair.key)) && FRAME_KEYS.has(pair.key.replaceAll(/\W/g, '').toLowerCase()),
  );
  if (!misplaced) return undefined;
  const { key, column, isAlone } = misplaced;
  const name = key.replaceAll(/\W/g, '');
  return { column, detail: `expected ${name}=, got ${isAlone ? `only the word ${quoted(key)}` : `${quoted(key)}=`}` };
}

const [QUOTE, APOSTROPHE, COMMA, EQUALS, BACKSLASH] = [34, 39, 44, 61, 92];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125];
const isSpace = (code: number): boolean => code <= 32;
/** What no bare word contains, but after a backslash. */
const isDelimiter = (code: number): boolean =>
  code === QUOTE || code === OPEN_BRACKET || code === CLOSE_BRACKET || code === OPEN_BRACE || code === CLOSE_BRACE;

/** Reads pairs from left to right; every character is looked at a few times at most. */
function parsePairs(line: string): { readonly pairs: readonly Pair[]; readonly failure?: CommentFailure } {
  const pairs: Pair[] = [];
  const failAt = (at: number, expected: string): ReturnType<typeof parsePairs> => ({
    pairs,
    failure: { column: at + 1, detail: `expected ${expected}, got ${quoted(line.slice(at, at + 100)) || 'the end'}` },
  });
  let at = afterSpace(line, 0);
  while (at < line.length) {
    const start = at;
    const isQuoted = isDelimiter(line.charCodeAt(at));
    const end = keyEnd(line, at);
    if (end <= start) return failAt(start, 'a key');
    const key = isQuoted ? inside(line.slice(start, end)) : withoutApostrophes(line.slice(start, end));
    at = afterSpace(line, end);
    if (line.charCodeAt(at) !== EQUALS) {
      const isApart = start === 0 || isSpace(line.charCodeAt(start - 1));
      if (isQuoted || !isApart) return failAt(start, 'key=value');
      pairs.push({ key, value: 'T', isAlone: true, column: start + 1 });
      continue;
    }
    const afterEquals = at + 1;
    at = afterSpace(line, afterEquals);
    if (at === line.length || (at > afterEquals && isKeyOfPair(line, at))) {
      pairs.push({ key, value: '', isAlone: false, column: start + 1 });
      continue;
    }
    const stop = valueEnd(line, at);
    if (stop < 0) return failAt(at, `a value of ${quoted(key)}`);
    const written = line.slice(at, stop);
    const isBare = !isDelimiter(line.charCodeAt(at)) && line.charCodeAt(at) !== APOSTROPHE;
    // No value that tells how a frame is read needs a backslash, and none is to lose one.
    const isDoubtful = isBare ? hasFrameKeys(written) : FRAME_KEYS.has(key.toLowerCase()) && written.includes('\\');
    if (isDoubtful) return failAt(at, `a value of ${quoted(key)}`);
    pairs.push({ key, value: isBare ? written : withoutQuotes(written), isAlone: false, column: start + 1 });
    at = afterSpace(line, stop);
  }
  return { pairs };
}

function afterSpace(line: string, at: number): number {
  let start = at;
  while (start < line.length && isSpace(line.charCodeAt(start))) start++;
  return start;
}

/** Where the key that begins at `at` ends; `at` or less if there is none. */
function keyEnd(line: string, at: number): number {
  const code = line.charCodeAt(at);
  return isDelimiter(code) ? simpleEnd(line, at) : wordEnd(line, at, 'key');
}

/** Whether a bare word and `=` follow. */
function isKeyOfPair(line: string, at: number): boolean {
  const end = wordEnd(line, at, 'key');
  return end > at && line.charCodeAt(afterSpace(line, end)) === EQUALS;
}

/** Where the value that begins at `at` ends; below 0 if there is none. */
function valueEnd(line: string, at: number): number {
  switch (line.charCodeAt(at)) {
    case OPEN_BRACKET:
      return Math.max(listEnd(line, at, CLOSE_BRACKET), simpleEnd(line, at));
    case OPEN_BRACE:
      return Math.max(listEnd(line, at, CLOSE_BRACE), simpleEnd(line, at));
    case QUOTE:
      return simpleEnd(line, at);
    case APOSTROPHE:
      return apostropheEnd(line, at);
    default: {
      const end = wordEnd(line, at, 'value');
      return end > at && !isDelimiter(line.charCodeAt(end)) ? end : -1;
    }
  }
}

/**
 * Where a bare word ends: before space, quotes, brackets and, unless it is a value, `=` and single backslashes, if they are not escaped. In a
 * list commas end it, too.
 */
function wordEnd(line: string, at: number, role: 'key' | 'value' | 'item'): number {
  let end = at;
  for (; end < line.length; end++) {
    const code = line.charCodeAt(end);
    if (isSpace(code) || isDelimiter(code)) break;
    if ((code === EQUALS && role !== 'value') || (code === COMMA && role === 'item')) break;
    if (code !== BACKSLASH) continue;
    if (isEscapable(line.charCodeAt(end + 1))) end++;
    else if (role !== 'value') break;
  }
  return Math.min(end, line.length);
}

function isEscapable(code: number): boolean {
  return isSpace(code) || isDelimiter(code) || code === EQUALS || code === COMMA || code === BACKSLASH;
}

/** Where the text ends that begins with a quote, a brace or a bracket; below 0 if it does not. Braces and brackets do not nest. */
function simpleEnd(line: string, at: number): number {
  const open = line.charCodeAt(at);
  const close = open === OPEN_BRACE ? CLOSE_BRACE : open === OPEN_BRACKET ? CLOSE_BRACKET : open;
  if (open === CLOSE_BRACE || open === CLOSE_BRACKET) return -1;
  for (let end = at + 1; end < line.length; end++) {
    const code = line.charCodeAt(end);
    if (code === BACKSLASH) end++;
    else if (code === close) return end + 1;
    else if (code === open) return -1;
  }
  return -1;
}

/**
 * Where a list of words and texts ends, in braces or in brackets, of which only these must have commas and may have rows in brackets; below 0
 * if it is none.
 */
function listEnd(line: string, at: number, close: number, mayHaveRows = close === CLOSE_BRACKET): number {
  let end = afterSpace(line, at + 1);
  for (let isFirst = true; end < line.length; isFirst = false) {
    if (line.charCodeAt(end) === close) return isFirst ? -1 : end + 1;
    if (!isFirst) {
      if (line.charCodeAt(end) === COMMA) end = afterSpace(line, end + 1);
      else if (close === CLOSE_BRACKET) return -1;
    }
    const next = elementEnd(line, end, mayHaveRows);
    if (next <= end) return -1;
    end = afterSpace(line, next);
  }
  return -1;
}

function elementEnd(line: string, at: number, mayBeRow: boolean): number {
  if (line.charCodeAt(at) === OPEN_BRACKET && mayBeRow) {
    return Math.max(listEnd(line, at, CLOSE_BRACKET, false), simpleEnd(line, at));
  }
  return isDelimiter(line.charCodeAt(at)) ? simpleEnd(line, at) : wordEnd(line, at, 'item');
}

/**
 * Where a value that begins with an apostrophe ends: a word, as the specification has it, that may end with another one; or words up to the
 * next one. Below 0 where `=` or quotes within leave open whether these belong to it.
 */
function apostropheEnd(line: string, at: number): number {
  const word = wordEnd(line, at, 'value');
  const close = line.indexOf("'", at + 1);
  if (close < 0 || close < word) return isDelimiter(line.charCodeAt(word)) ? -1 : word;
  const between = line.slice(at + 1, close);
  if (/[="]/.test(between)) return -1;
  const next = close + 1;
  if (/^[-+.\w,\s]*$/.test(between) && /\s/.test(between)) return next;
  return next === line.length || isSpace(line.charCodeAt(next)) ? next : -1;
}

/** A text as it is meant: brackets belong to it. */
function withoutQuotes(text: string): string {
  const opening = text.charCodeAt(0);
  if (opening === OPEN_BRACKET) return text;
  return opening === APOSTROPHE ? withoutApostrophes(text) : inside(text);
}

function inside(text: string): string {
  const inner = text.slice(1, -1);
  return inner.includes('\\') ? inner.replaceAll(/\\(.)/gs, unescaped) : inner;
}

function unescaped(_: string, character: string): string {
  return character === 'n' ? '\n' : character;
}

function withoutApostrophes(word: string): string {
  return word.length > 1 && word.startsWith("'") && word.endsWith("'") ? word.slice(1, -1) : word;
}
