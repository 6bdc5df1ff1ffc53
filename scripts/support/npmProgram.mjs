import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The executable that an environment variable names (DENO for deno), or that an npm package brings. Its install scripts are not run: the
 * packages for single platforms have the executable itself.
 *
 * @param {string} folder where it is installed
 * @param {string} name of the package
 * @param {readonly string[]} places of the executable below node_modules
 * @returns {string | undefined}
 */
export function npmProgram(folder, name, places) {
  const given = process.env[name.toUpperCase()];
  if (given) return given;
  const prefix = join(folder, 'programs', name);
  mkdirSync(prefix, { recursive: true });
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  spawnSync('npm', ['install', '--prefix', prefix, ...options, name], { stdio: 'inherit' });
  const found = places.map((place) => join(prefix, 'node_modules', place)).find((place) => existsSync(place));
  if (!found) console.log(`${name}: not to be had from npm on this machine`);
  return found;
}
