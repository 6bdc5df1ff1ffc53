import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listChoices } from '../config/describe.js';
import { messageOf, PipelineError } from '../errors.js';
import { type DiskFile, open, stat } from './disk.js';
import type { IoContext } from './definition.js';
import { filesBelow, type Glob, globOf } from './folders.js';

/** Standard input or output in place of a path. */
export const STANDARD_STREAM = '-';

const SOAPSTREAM_DIRECTORY = fileURLToPath(new URL('.', import.meta.url));
const NPM_PATH = /^npm:(@[^/@]+\/[^/]+|[^/@][^/]*)\/(.+)$/;

/**
 * Paths as a pipeline file writes them: relative ones start at `baseDirectory`, the folder of the file; `-` stays; and
 * `npm:package/rest` is a file of an installed npm package, looked for in the `node_modules` folders above `baseDirectory` and
 * then above soapstream itself.
 */
export function ioContext(baseDirectory: string): IoContext {
  const base = resolve(baseDirectory);
  return {
    resolvePath(path) {
      if (path === STANDARD_STREAM) return path;
      return path.startsWith('npm:') ? resolveInPackage(path, base) : resolve(base, path);
    },
  };
}

/**
 * Node's own resolution would answer with the package's `exports`, which leave data files out. The folders that it searches are
 * what counts here.
 */
function resolveInPackage(path: string, base: string): string {
  const [, name, rest] = NPM_PATH.exec(path) ?? [];
  if (name === undefined || rest === undefined) {
    throw new PipelineError('badOption', `${path}: expected npm:package/path/in/package`);
  }
  const folders = [base, SOAPSTREAM_DIRECTORY].flatMap(
    (directory) => createRequire(join(directory, 'here.js')).resolve.paths(name) ?? [],
  );
  const installed = folders.map((folder) => join(folder, name)).filter((folder) => existsSync(folder));
  if (installed.length === 0) {
    throw new PipelineError(
      'missingInput',
      `${path}: package ${name} is not installed where ${base} or soapstream finds it; try npm install ${name}`,
    );
  }
  const files = installed.map((folder) => join(folder, rest));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new PipelineError('missingInput', `${path}: no such file: ${files[0]}`);
  return found;
}

/**
 * What is at a path that should be read.
 * @throws PipelineError `missingInput` naming the path
 */
export async function inputStats(path: string): Promise<{ readonly bytes: number; readonly isDirectory: boolean }> {
  try {
    const stats = await stat(path);
    return { bytes: stats.size, isDirectory: stats.isDirectory() };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * The file itself, or those below a directory, or matched by a glob, whose names end in one of `endings` (in small or capital letters),
 * in the order of the bytes of their paths. Hidden ones do not count, nor do `_SUCCESS` and the like.
 * @throws PipelineError `missingInput` if there are none
 */
export async function inputFiles(path: string, endings: readonly string[]): Promise<string[]> {
  const glob = existsSync(path) ? undefined : globOf(path);
  if (!glob && !(await inputStats(path)).isDirectory) return [path];
  const folder = glob?.folder ?? path;
  if (glob) await inputStats(folder);
  const hasEnding = (name: string): boolean => endings.some((ending) => name.toLowerCase().endsWith(ending));
  const names = (await filesBelow(folder)).filter((name) =>
    glob ? isMatched(name, glob, hasEnding) : hasEnding(name),
  );
  if (names.length > 0) return names.map((name) => join(folder, name));
  const patterns = endings.map((ending) => `*${ending}`);
  throw new PipelineError(
    'missingInput',
    glob ? `${path}: no file matches` : `${path}: no ${listChoices(patterns)} files in this directory`,
  );
}

/** A glob may name files of any ending, or folders of files. */
function isMatched(name: string, glob: Glob, isOfEnding: (name: string) => boolean): boolean {
  const { matches } = glob;
  if (matches.test(name)) return glob.hasEnding || isOfEnding(name);
  if (!isOfEnding(name)) return false;
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
    if (matches.test(name.slice(0, at))) return true;
  }
  return false;
}

/**
 * The size of a file that should be read.
 * @param kind what it should be, for messages
 * @throws PipelineError `missingInput` if it is none; `badData` if it is empty
 */
export async function inputBytes(path: string, kind: string): Promise<number> {
  const { bytes, isDirectory } = await inputStats(path);
  if (isDirectory) throw new PipelineError('missingInput', `${path}: expected a file, found a directory`);
  if (bytes === 0) throw new PipelineError('badData', `${path}: expected ${kind}, found an empty one`);
  return bytes;
}

/**
 * Opens a file for reading. The caller closes it.
 * @throws PipelineError `missingInput` naming the path
 */
export async function openInput(path: string): Promise<DiskFile> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Why a file cannot be opened or read. */
export function unreadable(path: string, error: unknown): PipelineError {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  const detail = missing ? `${path}: no such file` : `${path}: cannot be read: ${messageOf(error)}`;
  return new PipelineError('missingInput', detail, { cause: error });
}
