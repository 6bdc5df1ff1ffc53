import { createHash } from 'node:crypto';
import { DataType } from 'apache-arrow';
import type { PlainValue } from '../arrow/plainValue.js';
import { typeName } from '../arrow/typeName.js';
import type { Diagnostics } from '../config/diagnostics.js';
import { orExpected, shortened } from '../config/describe.js';
import type { Path } from '../config/paths.js';
import { suggest } from '../config/suggest.js';
import type { TestPlan } from '../pipelines/plan.js';
import type { RowsRun } from './runRows.js';

interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Tells where what came out differs from what a test expects, each difference at the expected value. */
export function compare(test: TestPlan, run: RowsRun, diagnostics: Diagnostics): void {
  const limits = tolerances(run, test.tolerance);
  const { rows, count, columns = {}, checksum, metrics = {}, deadLetters } = test.expect;
  if (Object.keys(test.expect).length === 0) {
    tell([], 'key', 'nothing is expected: say what, or let --update write the rows that came out');
  }
  if (rows) compareRows(rows);
  if (count !== undefined && count !== run.rows.length) {
    tell(['count'], 'value', `expected ${count} rows, found ${run.rows.length}`);
  }
  compareLetters(deadLetters);
  for (const [name, range] of Object.entries(columns)) compareColumn(name, range);
  if (checksum !== undefined && checksum !== checksumOf(run)) {
    tell(['checksum'], 'value', `expected the checksum ${checksum}, found ${checksumOf(run)}`);
  }
  for (const [name, wanted] of Object.entries(metrics)) compareMetric(name, wanted);

  function compareRows(expected: readonly Readonly<Record<string, unknown>>[]): void {
    const found = run.rows;
    if (expected.length !== found.length) {
      tell(['rows'], 'key', `expected ${expected.length} rows, found ${found.length}`);
    }
    for (const [row, values] of expected.slice(0, found.length).entries()) {
      for (const [column, wanted] of Object.entries(values)) {
        if (!isColumn(column, ['rows', row, column])) continue;
        compareCell(wanted, found[row]![column], ['rows', row, column], limits.get(column)!);
      }
    }
  }

  function compareLetters(expected: number | readonly Readonly<Record<string, unknown>>[] = []): void {
    const { letters } = run;
    const wanted = typeof expected === 'number' ? expected : expected.length;
    if (wanted !== letters.length) {
      const [first] = letters;
      const [step, row, message] = ['step', 'row', 'message'].map((name) => plain(first?.[name]));
      const reason = first ? `; the first: ${step}, row ${row}: ${message}` : '';
      const isSaid = test.expect.deadLetters !== undefined;
      tell(isSaid ? ['deadLetters'] : [], 'key', `expected ${wanted} dead letters, found ${letters.length}${reason}`);
      return;
    }
    for (const [i, values] of typeof expected === 'number' ? [] : expected.entries()) {
      for (const [column, value] of Object.entries(values)) {
        const at = ['deadLetters', i, column];
        if (column in letters[i]!) compareCell(value, letters[i]![column], at, 0);
        else tell(at, 'key', `there is no column ${column}${orExpected(Object.keys(letters[i]!))}`);
      }
    }
  }

  function compareCell(expected: unknown, found: PlainValue | undefined, at: Path, tolerance: number): void {
    if (Array.isArray(expected) && Array.isArray(found) && expected.length === found.length) {
      for (const [i, item] of expected.entries()) compareCell(item, found[i] as PlainValue, [...at, i], tolerance);
    } else if (isMappingOf(expected) && isMappingOf(found)) {
      for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
        compareCell(expected[key], found[key], [...at, key], tolerance);
      }
    } else if (!isClose(expected, found, tolerance)) {
      const isReal = tolerance > 0 && typeof expected === 'number' && typeof found === 'number';
      const by = isReal ? `, ${Number(Math.abs(found - expected).toPrecision(2))} off` : '';
      const [, row, ...cell] = at;
      tell(
        at,
        'value',
        `row ${row}, ${nameOf(cell)}: expected ${shown(expected)}, found ${isReal ? brief(found) : shown(found)}${by}`,
      );
    }
  }

  function compareColumn(name: string, { min = -Infinity, max = Infinity }: Range): void {
    if (!isColumn(name, ['columns', name])) return;
    for (const [row, values] of run.rows.entries()) {
      const outside = firstOutside(values[name], { min, max }, [name]);
      if (!outside) continue;
      const isLess = typeof outside.value === 'number' && outside.value < min;
      const wanted = typeof outside.value === 'number' ? (isLess ? `at least ${min}` : `at most ${max}`) : 'numbers';
      const at = ['columns', name, ...(isLess ? ['min'] : max === Infinity ? [] : ['max'])];
      tell(at, 'value', `row ${row}, ${nameOf(outside.path)}: expected ${wanted}, found ${brief(outside.value)}`);
      return;
    }
  }

  function compareMetric(name: string, wanted: number | Range): void {
    const known = lastMetrics(run);
    const found = known.get(name);
    const at = ['metrics', name];
    if (found === undefined) {
      const names = [...known.keys()];
      tell(at, 'key', `there is no metric ${name}${orExpected(names)}`, suggest(name, names));
    } else if (typeof wanted === 'number') {
      if (!isClose(wanted, Number.isFinite(found) ? found : String(found), test.tolerance)) {
        tell(at, 'value', `${name}: expected ${wanted}, found ${brief(found)}`);
      }
    } else if (!(found >= (wanted.min ?? -Infinity) && found <= (wanted.max ?? Infinity))) {
      const bounds = [
        wanted.min === undefined ? '' : `at least ${wanted.min}`,
        wanted.max === undefined ? '' : `at most ${wanted.max}`,
      ];
      tell(
        at,
        'value',
        `${name}: expected ${bounds.filter((bound) => bound !== '').join(' and ')}, found ${brief(found)}`,
      );
    }
  }

  function isColumn(name: string, at: Path): boolean {
    const names = run.fields.map((field) => field.name);
    if (names.includes(name)) return true;
    tell(at, 'key', `there is no column ${name}${orExpected(names)}`, suggest(name, names));
    return false;
  }

  function tell(at: Path, part: 'key' | 'value', message: string, suggestion?: string): void {
    const { name, path, locate } = test;
    diagnostics.error(locate([...path, 'expect', ...at], part), `${name}: ${message}`, suggestion);
  }
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
  return shortened(JSON.stringify(value) ?? 'nothing', SHOWN_CHARACTERS);
}

/** A text or number without quotes. */
function plain(value: PlainValue | undefined): string {
  return typeof value === 'string' ? value : shown(value);
}
