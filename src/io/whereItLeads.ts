import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Symbolic links that are followed one after the other, as by Linux. */
const MAX_LINKS = 40;

/**
 * The place that a path leads to, with every symbolic link followed, whether or not anything is there. All names of one place lead to the
 * same. Links that lead round in a circle are left as they are.
 */
export function whereItLeads(path: string, links = MAX_LINKS): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    if (parent === path || links === 0) return path;
    const place = join(whereItLeads(parent, links), basename(path));
    const target = linkAt(place);
    return target === undefined ? place : whereItLeads(resolve(dirname(place), target), links - 1);
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
