import { isAbsolute, relative } from 'node:path';
import { mapLeaves } from '../config/paths.js';

/** Folders with the names that stand for them, e.g. `['/home/me/out', '${out}']`. */
export type NamedFolders = readonly (readonly [folder: string, name: string])[];

/**
 * The same tree of values with the names of folders in place of their paths: wherever a run writes, its definition is the same.
 * Of nested folders the inner one comes first.
 */
export function withFolderNames(value: unknown, folders: NamedFolders): unknown {
  return mapLeaves(value, (leaf) => (typeof leaf === 'string' ? withFolderName(leaf, folders) : leaf));
}

function withFolderName(text: string, folders: NamedFolders): string {
  for (const [folder, name] of folders) {
    const rest = text.slice(folder.length);
    if (text.startsWith(folder) && /^([/\\]|$)/.test(rest)) return name + rest;
  }
  return text;
}

/** Whether a path lies within a folder, and is not the folder. */
export function isBelow(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside !== '' && !isAbsolute(inside) && !/^\.\.([/\\]|$)/.test(inside);
}
