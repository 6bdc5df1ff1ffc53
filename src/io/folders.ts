import type { Dirent } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { PipelineError } from '../errors.js';
import { readdir, realpath, stat } from './disk.js';

/**
 * The files below a folder at any depth, relative to it with `/`, in the order of their bytes. Left out are hidden ones and those that
 * programs leave beside data (`.x`, `_SUCCESS`, `_metadata`), with folders of such names; `_key=value` is a partition.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  await visit(folder, '', [await realpath(folder)], files);
  return files.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** @param above the real paths of the folders that it is in: a link to one of them would never end */
async function visit(folder: string, prefix: string, above: readonly string[], files: string[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || /^_(?!.*=)/.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (!(await isFolder(entry, path))) files.push(prefix + entry.name);
    else {
      const real = await realpath(path);
      if (!above.includes(real)) await visit(path, `${prefix}${entry.name}/`, [...above, real], files);
    }
  }
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const target = await stat(path).catch(() => undefined); // a link to nothing is named when it is read
  return target?.isDirectory() ?? false;
}

const MAGIC = /[*?[{]/;

/** A path with `*`, `?`, `[…]`, `{a,b}` or `**` in parts: the folder before these, and what the paths below it match. */
export interface Glob {
  readonly folder: string;
  readonly matches: RegExp;
  /** Whether it says how names end. */
  readonly hasEnding: boolean;
}

/**
 * The path as a glob; nothing if it has no such signs.
 * @throws PipelineError `badOption` for a bracket that is not closed, or a set that is none
 */
export function globOf(path: string): Glob | undefined {
  const parts = resolve(path).split(sep);
  const first = parts.findIndex((part) => MAGIC.test(part));
  if (first < 0) return undefined;
  const folder = parts.slice(0, first).join(sep) || sep;
  const matches = patternOf(path, parts.slice(first));
  return { folder, matches, hasEnding: parts.at(-1)!.includes('.') };
}

function patternOf(path: string, parts: readonly string[]): RegExp {
  try {
    return new RegExp(`^${parts.map(partPattern).join('')}$`);
  } catch (error) {
    const expected = 'expected a path, or a pattern of *, **, ?, [a-z] and {a,b}, whose brackets are closed';
    throw new PipelineError('badOption', `${path}: ${expected}`, { cause: error });
  }
}

/** Each part with the `/` after it, the last one without. */
function partPattern(part: string, index: number, parts: readonly string[]): string {
  const isLast = index === parts.length - 1;
  if (part === '**') return isLast ? '.*' : '(?:[^/]+/)*';
  const pattern = part.replaceAll(/\[([^\]]*)\]|[*?{},]|[^\w*?{},[\]]|[[\]]/g, (sign, set: string | undefined) => {
    if (set !== undefined && set !== '') return `[${set.replace(/^!/, '^').replaceAll(/[\\[]/g, String.raw`\$&`)}]`;
    const inGlob: Record<string, string> = { '*': '[^/]*', '?': '[^/]', '{': '(?:', '}': ')', ',': '|' };
    return inGlob[sign] ?? `\\${sign}`;
  });
  return isLast ? pattern : `${pattern}/`;
}
