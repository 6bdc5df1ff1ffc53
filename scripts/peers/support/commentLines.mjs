/**
 * Random comment lines of extended XYZ, weighted to what readers stumble over.
 *
 * @typedef {object} Line
 * @property {string} line
 * @property {string} strict the same with every value as the specification wants it where ASE writes or reads more than that, and unbroken
 * @property {string} atom a point with the columns that the line declares
 */

/**
 * @param {number} seed
 * @returns {() => number} from 0 to below 1 (mulberry32)
 */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = [
  'relaxed',
  'a',
  'T',
  'F',
  'x_1',
  '-1.5',
  '2',
  '1e-3',
  'Zürich',
  '水',
  'α',
  "it's",
  "o'",
  'a/b',
  'a@b',
  '#1',
  '5%',
  'TRuE',
  '1.2.3',
];
const KEYS = [
  'name',
  'energy',
  'tags',
  'k',
  'bob#joe',
  '2body',
  'hyphen-ated',
  'ünï',
  'step',
  'pbc_',
  'xLattice',
  'note',
];
/** Characters that a broken line has too many or too few of. */
const NASTY = ['"', "'", '[', ']', '{', '}', '=', ',', ' ', '\\', '\t', 'a', ':'];

export class CommentLines {
  #random;

  /** @param {number} seed */
  constructor(seed) {
    this.#random = randomNumbers(seed);
  }

  /** @returns {Line} */
  next() {
    const isBroken = this.#random() < 0.3;
    const { declared, atom } = this.#properties();
    const items = [declared, ...this.#lattice(isBroken), ...this.#pbc()];
    for (let count = this.#below(5); count > 0; count--) items.push(this.#pair());
    this.#shuffle(items);
    const separators = items.map(() => this.#pick([' ', ' ', ' ', '  ', '\t']));
    const joined = (/** @type {(item: [string, string]) => string} */ of) =>
      items.map((item, i) => (i === 0 ? '' : separators[i]) + of(item)).join('');
    const [line, strict] = [joined(([text]) => text), joined(([, text]) => text)];
    return { line: isBroken ? this.#broken(strict) : line, strict, atom };
  }

  /** @param {string} line */
  #broken(line) {
    const at = this.#below(line.length);
    const cut = this.#below(2);
    const put = this.#random() < 0.7 ? this.#pick(NASTY) : '';
    return line.slice(0, at) + put + line.slice(at + cut);
  }

  /** @returns {{ declared: [string, string], atom: string }} */
  #properties() {
    /** @type {[string, string][]} */
    const columns = [
      ['species:S:1', 'Si'],
      ['pos:R:3', '1.25 2.5 3.75'],
    ];
    const others = [
      ['forces:R:3', '9 8 7'],
      ['Z:I:1', '14'],
      ['tag:S:1', 'x"y'],
      ['fixed:L:1', 'T'],
      ['q:R:1', '-0.5'],
    ];
    for (const other of others) if (this.#random() < 0.2) columns.push(/** @type {[string, string]} */ (other));
    if (this.#random() < 0.4) this.#shuffle(columns);
    const value = columns.map(([column]) => column).join(':');
    const written = this.#pick([value, value, value, value, `"${value}"`]);
    const text = `Properties${this.#equals()}${written}`;
    return { declared: [text, text], atom: columns.map(([, field]) => field).join(' ') };
  }

  /** @param {boolean} isBroken if so, in a form that ASE reads too, which is to judge @returns {[string, string][]} */
  #lattice(isBroken) {
    const kind = this.#random();
    if (kind < 0.15) return [];
    const number = () =>
      this.#pick(['0', '3', '4.5', '-1e-1', '0.25', '7.', '.5', isBroken ? '8' : '3d0', '1E1', '+2']);
    const nine = Array.from({ length: 9 }, number);
    const three = [number(), number(), number()];
    const rows = [0, 3, 6].map((at) => `[${nine.slice(at, at + 3).join(', ')}]`);
    const [a, b, c] = three;
    const text = this.#pick([
      ...Array.from({ length: 6 }, () => this.#old(nine)),
      this.#old(isBroken ? nine : three),
      `[${nine.join(this.#pick([', ', ',', ' , ']))}]`,
      `[${rows.join(', ')}]`,
      `[[${a}, 0, 0], [0, ${b}, 0], [0, 0, ${c}]]`,
      this.#old(nine.slice(0, this.#below(9))),
      this.#old(nine.with(this.#below(9), this.#pick(['nan', 'x', '1.5x', '--1', '1.2.3']))),
    ]);
    const pair = `Lattice${this.#equals()}${text}`;
    return [[pair, pair]];
  }

  /** @returns {[string, string][]} */
  #pbc() {
    if (this.#random() < 0.3) return [];
    const flag = () => this.#pick(['T', 'F', 'T', 'F', 'True', 'False', 'true', 'false', 'TRUE', 'FALSE']);
    const flags = [flag(), flag(), flag()];
    const text = this.#pick([
      ...Array.from({ length: 5 }, () => this.#old(flags)),
      `[${flags.join(this.#pick([', ', ',']))}]`,
      this.#old(flags.slice(0, 1)),
      flag(),
      this.#old(flags.slice(0, 2)),
      this.#old(['T', 'F', 'x']),
      this.#old(['1', '0', '1']),
    ]);
    const key = this.#pick(['pbc', 'pbc', 'pbc', '"pbc"', '{pbc}', '[pbc]']);
    const pair = `${key}${this.#equals()}${text}`;
    return this.#random() < 0.03 ? [[pair, pair], [pair, pair]] : [[pair, pair]]; // prettier-ignore
  }

  /** @param {readonly string[]} items @returns {string} in quotes, apostrophes or braces */
  #old(items) {
    const [open, close] = this.#pick(['""', '""', "''", '{}']);
    const space = () => this.#pick(['', '', ' ']);
    return open + space() + items.join(this.#pick([' ', ' ', '  ', ', '])) + space() + close;
  }

  /** @returns {[string, string]} a pair that does not matter */
  #pair() {
    const key = this.#pick([...KEYS, `"${this.#pick(['a key', 'a\\"b', 'Lattice of', 'pbc=x'])}"`]);
    const equals = this.#equals();
    const words = Array.from({ length: 1 + this.#below(3) }, () => this.#word());
    const text = words.join(' ');
    const quoted = `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    const same = (/** @type {string} */ value) =>
      /** @type {[string, string]} */ ([`${key}${equals}${value}`, `${key}${equals}${value}`]);
    const lenient = (/** @type {string} */ item) => /** @type {[string, string]} */ ([item, `${key}=${quoted}`]);
    switch (this.#below(15)) {
      case 0:
        return same(quoted);
      case 1:
        return same(
          `"${this.#pick(['pbc=T', 'Lattice=\\"1 2 3\\"', 'say \\"hi\\" pbc=\\"F F F\\"', 'x\\\\', 'Properties=a:S:1', "it's", '[', '}', "' '"])}"`,
        );
      case 2:
        return same(`[${words.map((word) => this.#pick([word, `"${word} "`, `"${word}]"`, '"a, b"'])).join(', ')}]`);
      case 3:
        return same(`{${words.map((word) => this.#pick([word, `"${word}}"`, `{${word}}`])).join(' ')}}`);
      case 4:
        return same(`[${text}]`);
      case 5:
        return same(`[[1, ${this.#word()}], [${this.#word()}, "b c"]]`);
      case 6:
        return same(this.#old(['1', '2.5', '-3']));
      case 7:
        return same(this.#pick(["'tis", "it's", "'word'", "a'b'c", '\\"x', 'a\\ b', 'a\\=b', '\\\\']));
      case 8:
        return same(this.#word());
      case 9:
        return same(this.#pick(['{}', '[]', '""', '[1, 2', '{1 2', '[1, 2,]', '"1, 2 }', 'a"b"', '[a]b', '(x']));
      case 10: // ASE's bare keys
        return lenient(this.#pick(['flag', 'hyphen-ated', 'end.', 'a,b', '5%']));
      case 11: // what ASE does not quote
        return lenient(`${key}=${this.#pick(['C=C', 'b,c', 'F/C=C\\F', 'a\\b', 'a,b=c'])}`);
      case 13: // rows of unequal length
        return lenient(`${key}=[[1, 2], [3]]`);
      case 12: // nothing, followed by the next pair or nothing
        return lenient(`${key}=`);
      default: // apostrophes around words, or at the beginning of one
        return lenient(`${key}=${this.#pick(["'two words'", "'a b"])}`);
    }
  }

  #word() {
    return this.#pick(WORDS);
  }

  #equals() {
    return this.#pick(['=', '=', '=', '=', ' = ', ' =', '= ']);
  }

  /** @param {number} count */
  #below(count) {
    return Math.floor(count * this.#random());
  }

  /** @template T @param {readonly T[] | string} choices @returns {T & string} */
  #pick(choices) {
    return /** @type {T & string} */ (choices[this.#below(choices.length)]);
  }

  /** @param {unknown[]} items */
  #shuffle(items) {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.#below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
  }
}
