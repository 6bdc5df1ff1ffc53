import { isCollection, isMap, isScalar, type Node, type Pair, parseDocument } from 'yaml';
import type { PlainValue } from '../arrow/plainValue.js';
import type { Path } from '../config/paths.js';
import { PipelineError } from '../errors.js';
import type { TestPlan } from '../pipelines/plan.js';
import { checksumOf, isClose, lastMetrics, tolerances } from './compare.js';
import type { RowsRun } from './runRows.js';

export interface TestUpdate {
  readonly test: TestPlan;
  readonly found: RowsRun;
}

/** A piece of the text and what takes its place. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The text of a pipeline file with what came out in place of what was expected: rows, counts, checksums and metrics that differ. Nothing
 * else of the text changes; where rows keep their shape, single values are replaced.
 *
 * @throws PipelineError `badConfiguration` for a test whose expectations are not written in it, but merged or aliased
 */
export function updateTests(text: string, updates: readonly TestUpdate[]): string {
  const document = parseDocument(text, { schema: 'core', stringKeys: true, uniqueKeys: false });
  const edits: Edit[] = [];
  for (const update of updates) add(update);
  const ordered = edits.toSorted((a, b) => b.start - a.start);
  return ordered.reduce((done, { start, end, text: put }) => done.slice(0, start) + put + done.slice(end), text);

  function add({ test, found }: TestUpdate): void {
    const { path, expect, tolerance } = test;
    const at = [...path, 'expect'];
    if (Object.keys(expect).length === 0) return begin(at, rowsOf(found, undefined, tolerance));
    const { rows, count, checksum, metrics = {}, deadLetters } = expect;
    if (rows) putRows(test, rows, found);
    if (count !== undefined) putValue([...at, 'count'], count, found.rows.length);
    if (checksum !== undefined) putValue([...at, 'checksum'], checksum, checksumOf(found));
    if (typeof deadLetters === 'number') putValue([...at, 'deadLetters'], deadLetters, found.letters.length);
    const measured = lastMetrics(found);
    for (const [name, wanted] of Object.entries(metrics)) {
      const value = measured.get(name);
      if (typeof wanted !== 'number' || value === undefined || isClose(wanted, value, tolerance)) continue;
      putValue([...at, 'metrics', name], wanted, rounded(value, tolerance));
    }
  }

  function putRows(
    { path, tolerance }: TestPlan,
    expected: readonly Readonly<Record<string, unknown>>[],
    found: RowsRun,
  ): void {
    const at = [...path, 'expect', 'rows'];
    const limits = tolerances(found, tolerance);
    const known = Object.keys(expected[0] ?? {}).filter((name) => limits.has(name));
    const rows = rowsOf(found, known.length > 0 ? known : undefined, tolerance);
    const isSame = expected.length === rows.length && expected.every((row, i) => hasShape(row, rows[i]!));
    if (!isSame) return replaceRows(nodeAt(at), rows);
    for (const [row, values] of expected.entries()) {
      for (const [name, wanted] of Object.entries(values)) {
        putCell([...at, row, name], wanted, rows[row]![name]!, found.rows[row]![name], limits.get(name)!);
      }
    }
  }

  function putCell(
    at: Path,
    expected: unknown,
    put: PlainValue,
    found: PlainValue | undefined,
    tolerance: number,
  ): void {
    if (!Array.isArray(expected)) {
      if (!isClose(expected, found, tolerance)) putValue(at, expected, put);
      return;
    }
    for (const [i, item] of expected.entries()) {
      putCell([...at, i], item, (put as PlainValue[])[i]!, (found as PlainValue[])[i], tolerance);
    }
  }

  function putValue(at: Path, expected: unknown, put: PlainValue): void {
    if (expected === put) return;
    const { range } = nodeAt(at);
    edits.push({ start: range![0], end: range![1], text: flow(put) });
  }

  /** The node that is written at a path of the file. */
  function nodeAt(at: Path): Node {
    const node = document.getIn(at, true);
    if (isScalar(node) || isCollection(node)) return node;
    const test = String(at[1]);
    throw new PipelineError(
      'badConfiguration',
      `${test}: --update cannot write ${at.join('.')}, which is an alias or merged: write it out, or change it where it stands`,
    );
  }

  function replaceRows(node: Node, rows: readonly Readonly<Record<string, PlainValue>>[]): void {
    const [start, end] = node.range!;
    if (isCollection(node) && node.flow) {
      edits.push({ start, end, text: flow(rows) });
      return;
    }
    const old = text.slice(start, end).trimEnd();
    const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
    edits.push({ start, end: start + old.length, text: rows.map((row) => `- ${flow(row)}`).join(`\n${indent}`) });
  }

  /** The first expectation of a test that has none. */
  function begin(at: Path, rows: readonly Readonly<Record<string, PlainValue>>[]): void {
    const test = nodeAt(at.slice(0, -1));
    const empty = document.getIn(at, true);
    if (isMap(empty)) {
      const [start, end] = empty.range!;
      edits.push({ start, end, text: `{ rows: ${flow(rows)} }` });
      return;
    }
    const [, end] = test.range!;
    if (!isMap(test) || test.flow) {
      edits.push({ start: end - 1, end: end - 1, text: `, expect: { rows: ${flow(rows)} } ` });
      return;
    }
    const last = text.slice(0, end).trimEnd().length;
    const [start] = (test.items[0] as Pair<Node>).key.range!;
    const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
    const lines = [`expect:`, `  rows:`, ...rows.map((row) => `    - ${flow(row)}`)];
    edits.push({ start: last, end: last, text: lines.map((line) => `\n${indent}${line}`).join('') });
  }
}

/** What came out, with as many digits as the tolerance tells apart. */
function rowsOf(
  found: RowsRun,
  columns: readonly string[] | undefined,
  tolerance: number,
): Record<string, PlainValue>[] {
  const limits = tolerances(found, tolerance);
  const names = columns ?? found.fields.map(({ name }) => name);
  return found.rows.map((row) =>
    Object.fromEntries(names.map((name) => [name, roundedAll(row[name]!, limits.get(name)!)])),
  );
}

function roundedAll(value: PlainValue, tolerance: number): PlainValue {
  if (Array.isArray(value)) return value.map((item) => roundedAll(item as PlainValue, tolerance));
  return typeof value === 'number' ? rounded(value, tolerance) : value;
}

/** Off by at most a tenth of the tolerance. */
function rounded(value: number, tolerance: number): number {
  if (tolerance === 0 || Number.isInteger(value)) return value;
  const digits = Math.ceil(-Math.log10(tolerance * Math.max(1, Math.abs(value)))) + 1;
  return Number(value.toFixed(Math.min(100, Math.max(0, digits))));
}

/** Whether a row has the same columns, with lists of the same lengths. */
function hasShape(expected: unknown, found: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(found) && expected.length === found.length && expected.every((item, i) => hasShape(item, found[i]))
    );
  }
  if (typeof expected !== 'object' || expected === null) return typeof found !== 'object' || found === null;
  if (typeof found !== 'object' || found === null) return false;
  const keys = Object.keys(expected);
  return (
    keys.length === Object.keys(found).length &&
    keys.every((key) => hasShape(Reflect.get(expected, key), Reflect.get(found, key)))
  );
}

const PLAIN = /^(?!(true|false|null|NaN)$)[A-Za-z][\w./ -]*(?<! )$/i;

/** In YAML's flow style. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'string') return PLAIN.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${flow(key)}: ${flow(item)}`)
    .join(', ')} }`;
}
