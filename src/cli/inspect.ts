import { readArtifactDescription } from '../io/artifacts.js';
import { type FileSummary, inspectFile, type PlainValue } from '../io/inspect.js';
import { exitCodes } from './exitCodes.js';
import { formatBytes, formatCount, formatTable } from '../format.js';
import { print } from './print.js';

export interface InspectArguments {
  readonly path: string;
  readonly rows: number;
  readonly json: boolean;
}

/** A cell longer than this is cut. */
const CELL_WIDTH = 40;

/** `soapstream inspect`. @returns the exit code */
export async function inspect({ path, rows, json }: InspectArguments): Promise<number> {
  const artifact = await readArtifactDescription(path);
  const found = artifact ?? (await inspectFile(path, { headRows: rows }));
  const asText = artifact ? artifactLines(artifact) : summaryLines(found as FileSummary);
  print(json ? JSON.stringify(found, null, 2) : asText.join('\n'));
  return exitCodes.success;
}

function artifactLines(artifact: Readonly<Record<string, unknown>>): string[] {
  return formatTable(Object.entries(artifact).map(([key, value]) => [key, JSON.stringify(value)]));
}

function summaryLines({
  path,
  format,
  files,
  bytes,
  rows,
  groups,
  compression,
  createdBy,
  holds,
  columns,
  head,
}: FileSummary): string[] {
  const facts = [
    format,
    `${formatCount(rows)} ${holds === 'rows' ? 'rows' : `rows of ${holds}`}`,
    ...(groups === undefined ? [] : [`${formatCount(groups)} ${format === 'parquet' ? 'row groups' : 'batches'}`]),
    ...(files > 1 ? [`${formatCount(files)} files`] : []),
    formatBytes(bytes),
    ...compression,
    ...(createdBy === undefined ? [] : [`by ${createdBy}`]),
  ];
  return [path, facts.join(' · '), '', ...columnLines(columns), ...headLines(head)];
}

/** Columns with their types, a line each. */
export function columnLines(columns: FileSummary['columns']): string[] {
  const rows = columns.map(({ name, type, nullable, metadata }) => [
    name,
    nullable ? `${type}, nullable` : type,
    Object.entries(metadata)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  ]);
  return formatTable([['column', 'type', 'metadata'], ...rows]);
}

/** The first rows as a table, after an empty line. */
export function headLines(head: FileSummary['head']): string[] {
  const [first] = head;
  if (!first) return [];
  const names = Object.keys(first);
  return ['', ...formatTable([names, ...head.map((row) => names.map((name) => cell(row[name] ?? null)))])];
}

function cell(value: PlainValue): string {
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value, (_key, item: unknown) => (typeof item === 'number' ? rounded(item) : item));
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text;
}

function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}
