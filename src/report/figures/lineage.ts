import { formatBytes, formatCount } from '../../format.js';
import type { RunRecord } from '../../io/runRecord.js';
import type { Table } from '../figure.js';
import { joined, type Markup, markup } from '../markup.js';
import { sectionId } from './overview.js';

type Files = NonNullable<RunRecord['inputs']>;

/** More files of a folder than that are told together. */
const MOST_FILES = 3;

/** What each pipeline was made of, and what it left: files as they were then. Undefined where no record tells. */
export function lineageTable(records: readonly RunRecord[]): Table | undefined {
  const known = records.filter(({ inputs, left }) => inputs && left);
  if (known.length === 0) return undefined;
  const makers = new Map(known.flatMap((record) => record.left!.map(({ path }) => [path, record] as const)));
  const made = (path: string): Markup | undefined => {
    const maker = makers.get(path);
    return maker && markup` <a href="#${sectionId(maker)}">by ${maker.name}</a>`;
  };
  return {
    kind: 'table',
    caption: markup`<b>What is made of what</b>: files with their size and the beginning of their SHA-256; of files above 64 MiB the size alone. A file that has changed since has another hash.`,
    head: ['pipeline', 'read', 'left'],
    rows: known.map((record) => [
      markup`<a href="#${sectionId(record)}">${record.name}</a>`,
      filesCell(record.inputs!, made),
      filesCell(record.left!, () => undefined),
    ]),
    right: [false, false, false],
  };
}

function filesCell(files: Files, made: (path: string) => Markup | undefined): Markup {
  const lines = [...byFolder(files)].flatMap(([folder, each]): Markup[] =>
    each.length > MOST_FILES
      ? [
          markup`${folder}/ <span class="quiet">${formatCount(each.length)} files, ${formatBytes(sum(each))}</span>${made(each[0]!.path)}`,
        ]
      : each.map(({ path, bytes, sha256 }) => {
          const hash = sha256 === undefined ? '' : `, ${sha256.slice(0, 8)}`;
          return markup`${path} <span class="quiet">${formatBytes(bytes)}${hash}</span>${made(path)}`;
        }),
  );
  return lines.length > 0 ? joined(lines, '<br>') : markup`–`;
}

function byFolder(files: Files): Map<string, Files> {
  const folders = new Map<string, Files[number][]>();
  for (const file of files) folders.set(folderOf(file.path), [...(folders.get(folderOf(file.path)) ?? []), file]);
  return folders;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function sum(files: Files): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
