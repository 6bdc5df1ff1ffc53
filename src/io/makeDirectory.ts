import { dirname } from 'node:path';
import { mkdir, stat } from './disk.js';

/**
 * Makes a directory and those that it lies in, if they are missing. Node's own way, `recursive`, tries for ever where the system
 * makes nothing in a directory that is there and calls the new one missing, as in /proc.
 */
export async function makeDirectory(path: string): Promise<void> {
  if (await isDirectory(path)) return;
  await makeDirectory(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    if (!(await isDirectory(path))) throw error; // or somebody else has made it
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() ?? dirname(path) === path;
}
