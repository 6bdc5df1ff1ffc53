import { createHash } from 'node:crypto';
import { DataType } from 'apache-arrow';
import type { PlainValue } from '../arrow/plainValue.js';
import { typeName } from '../arrow/typeName.js';
import type { Diagnostics } from '../config/diagnostics.js';
import { orExpected } from '../config/describe.js';
import type { Path } from '../config/paths.js';
import { suggest } from '../config/suggest.js';
import type { TestPlan } from '../pipelines/plan.js';
import type { RowsRun } from './runRows.js';

interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Tells where what came out differs from what a test expects, each difference at the expected value. */
export function compare(test: TestPlan, found: RowsRun, diagnostics: Diagnostics): void {
  new Comparison(test, found, diagnostics).run();
}

/** Whether a value is the expected one: real numbers within the tolerance, everything else exactly. */
export function isClose(expected: unknown, found: PlainValue | undefined, tolerance: number): boolean {
  const wanted = typeof expected === 'number' && !Number.isFinite(expected) ? String(expected) : expected;
  if (wanted === found) return true;
  if (typeof wanted !== 'number' || typeof found !== 'number') return false;
  return Math.abs(wanted - found) <= tolerance * Math.max(1, Math.abs(wanted));
}

/** The tolerance of each column: integers are compared exactly. */
export function tolerances({ fields }: RowsRun, tolerance: number): ReadonlyMap<string, number> {
  const isReal = (type: DataType): boolean =>
    DataType.isFloat(type) || ((type.children ?? []) as { type: DataType }[]).some((child) => isReal(child.type));
  return new Map(fields.map(({ name, type }) => [name, isReal(type) ? tolerance : 0]));
}

/** Of names and types of all columns, and all rows, to the last bit. */
export function checksumOf({ fields, rows }: RowsRun): string {
  const hash = createHash('sha256').update(JSON.stringify(fields.map(({ name, type }) => [name, typeName(type)])));
  for (const row of rows) hash.update(JSON.stringify(fields.map(({ name }) => row[name])));
  return hash.digest('hex').slice(0, 16);
}

/** The last value of each metric that is one number at a time, as `step.metric`. */
export function lastMetrics({ metrics }: RowsRun): Map<string, number> {
  const single = metrics.filter(({ actual }) => actual === undefined);
  return new Map(single.map(({ step, metric, value }) => [`${step}.${metric}`, value]));
}

class Comparison {
  readonly #test: TestPlan;
  readonly #found: RowsRun;
  readonly #diagnostics: Diagnostics;
  readonly #tolerances: ReadonlyMap<string, number>;

  constructor(test: TestPlan, found: RowsRun, diagnostics: Diagnostics) {
    this.#test = test;
    this.#found = found;
    this.#diagnostics = diagnostics;
    this.#tolerances = tolerances(found, test.tolerance);
  }

  run(): void {
    const { rows, count, columns = {}, checksum, metrics = {}, deadLetters } = this.#test.expect;
    if (Object.keys(this.#test.expect).length === 0) {
      this.#tell([], 'key', 'nothing is expected: say what, or let --update write the rows that came out');
    }
    if (rows) this.#rows(rows);
    if (count !== undefined && count !== this.#found.rows.length) {
      this.#tell(['count'], 'value', `expected ${count} rows, found ${this.#found.rows.length}`);
    }
    this.#letters(deadLetters);
    for (const [name, range] of Object.entries(columns)) this.#column(name, range);
    if (checksum !== undefined && checksum !== checksumOf(this.#found)) {
      this.#tell(['checksum'], 'value', `expected the checksum ${checksum}, found ${checksumOf(this.#found)}`);
    }
    for (const [name, wanted] of Object.entries(metrics)) this.#metric(name, wanted);
  }

  #rows(expected: readonly Readonly<Record<string, unknown>>[]): void {
    const { rows } = this.#found;
    if (expected.length !== rows.length) {
      this.#tell(['rows'], 'key', `expected ${expected.length} rows, found ${rows.length}`);
    }
    for (const [row, values] of expected.slice(0, rows.length).entries()) {
      for (const [column, wanted] of Object.entries(values)) {
        if (!this.#isColumn(column, ['rows', row, column])) continue;
        this.#cell(wanted, rows[row]![column], ['rows', row, column], this.#tolerances.get(column)!);
      }
    }
  }

  #letters(expected: number | readonly Readonly<Record<string, unknown>>[] = []): void {
    const { letters } = this.#found;
    const count = typeof expected === 'number' ? expected : expected.length;
    if (count !== letters.length) {
      const [first] = letters;
      const [step, row, message] = ['step', 'row', 'message'].map((name) => plain(first?.[name]));
      const reason = first ? `; the first: ${step}, row ${row}: ${message}` : '';
      const isSaid = this.#test.expect.deadLetters !== undefined;
      const problem = `expected ${count} dead letters, found ${letters.length}${reason}`;
      this.#tell(isSaid ? ['deadLetters'] : [], 'key', problem);
      return;
    }
    for (const [i, values] of typeof expected === 'number' ? [] : expected.entries()) {
      for (const [column, wanted] of Object.entries(values)) {
        const at = ['deadLetters', i, column];
        if (column in letters[i]!) this.#cell(wanted, letters[i]![column], at, 0);
        else this.#tell(at, 'key', `there is no column ${column}${orExpected(Object.keys(letters[i]!))}`);
      }
    }
  }

  #cell(expected: unknown, found: PlainValue | undefined, at: Path, tolerance: number): void {
    if (Array.isArray(expected) && Array.isArray(found) && expected.length === found.length) {
      for (const [i, item] of expected.entries()) this.#cell(item, found[i] as PlainValue, [...at, i], tolerance);
    } else if (isMappingOf(expected) && isMappingOf(found)) {
      for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
        this.#cell(expected[key], found[key], [...at, key], tolerance);
      }
    } else if (!isClose(expected, found, tolerance)) {
      const isReal = tolerance > 0 && typeof expected === 'number' && typeof found === 'number';
      const by = isReal ? `, ${Number(Math.abs(found - expected).toPrecision(2))} off` : '';
      const [, row, ...cell] = at;
      this.#tell(
        at,
        'value',
        `row ${row}, ${nameOf(cell)}: expected ${shown(expected)}, found ${isReal ? brief(found) : shown(found)}${by}`,
      );
    }
  }

  #column(name: string, { min = -Infinity, max = Infinity }: Range): void {
    if (!this.#isColumn(name, ['columns', name])) return;
    for (const [row, values] of this.#found.rows.entries()) {
      const outside = firstOutside(values[name], { min, max }, [name]);
      if (!outside) continue;
      const isLess = typeof outside.value === 'number' && outside.value < min;
      const wanted = typeof outside.value === 'number' ? (isLess ? `at least ${min}` : `at most ${max}`) : 'numbers';
      const at = ['columns', name, ...(isLess ? ['min'] : max === Infinity ? [] : ['max'])];
      this.#tell(at, 'value', `row ${row}, ${nameOf(outside.path)}: expected ${wanted}, found ${brief(outside.value)}`);
      return;
    }
  }

  #metric(name: string, wanted: number | Range): void {
    const known = lastMetrics(this.#found);
    const found = known.get(name);
    const at = ['metrics', name];
    if (found === undefined) {
      const names = [...known.keys()];
      this.#tell(at, 'key', `there is no metric ${name}${orExpected(names)}`, suggest(name, names));
    } else if (typeof wanted === 'number') {
      if (!isClose(wanted, Number.isFinite(found) ? found : String(found), this.#test.tolerance)) {
        this.#tell(at, 'value', `${name}: expected ${wanted}, found ${brief(found)}`);
      }
    } else if (!(found >= (wanted.min ?? -Infinity) && found <= (wanted.max ?? Infinity))) {
      const bounds = [
        wanted.min === undefined ? '' : `at least ${wanted.min}`,
        wanted.max === undefined ? '' : `at most ${wanted.max}`,
      ];
      this.#tell(
        at,
        'value',
        `${name}: expected ${bounds.filter((bound) => bound !== '').join(' and ')}, found ${brief(found)}`,
      );
    }
  }

  #isColumn(name: string, at: Path): boolean {
    const names = this.#found.fields.map((field) => field.name);
    if (names.includes(name)) return true;
    this.#tell(at, 'key', `there is no column ${name}${orExpected(names)}`, suggest(name, names));
    return false;
  }

  #tell(at: Path, part: 'key' | 'value', message: string, suggestion?: string): void {
    const { name, path, locate } = this.#test;
    this.#diagnostics.error(locate([...path, 'expect', ...at], part), `${name}: ${message}`, suggestion);
  }
}

/** The first number that lies outside, or whatever is no number. */
function firstOutside(
  value: PlainValue | undefined,
  range: { readonly min: number; readonly max: number },
  path: Path,
): { readonly value: PlainValue | undefined; readonly path: Path } | undefined {
  if (!Array.isArray(value)) {
    const isInside = typeof value === 'number' && value >= range.min && value <= range.max;
    return isInside ? undefined : { value, path };
  }
  for (const [i, item] of value.entries()) {
    const outside = firstOutside(item as PlainValue, range, [...path, i]);
    if (outside) return outside;
  }
  return undefined;
}

function isMappingOf<T>(value: T): value is T & Readonly<Record<string, PlainValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `soap[2]` */
export function nameOf([column, ...rest]: Path): string {
  return String(column) + rest.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
}

/** Real numbers that are compared within a tolerance, without the digits that tell nothing. */
function brief(value: unknown): string {
  return shown(typeof value === 'number' ? Number(value.toPrecision(9)) : value);
}

const SHOWN_CHARACTERS = 80;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** A text or number without quotes. */
function plain(value: PlainValue | undefined): string {
  return typeof value === 'string' ? value : shown(value);
}
