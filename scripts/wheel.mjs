/**
 * The wheel of the Python package with the program in it, into a folder.
 *
 *     npm run build && node scripts/wheel.mjs [folder, default python/dist]
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWheel } from './support/pythonWheel.mjs';

const [target = fileURLToPath(new URL('../python/dist', import.meta.url))] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'soapstream-wheel-'));
try {
  const wheel = buildWheel(folder, 'python3');
  mkdirSync(target, { recursive: true });
  const placed = join(target, basename(wheel));
  cpSync(wheel, placed);
  console.log(`${placed}: ${(statSync(placed).size / 1e6).toFixed(2)} MB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
