/**
 * What publint and are-the-types-wrong say of the package as npm would publish it.
 *
 *     npm run build && node scripts/checkPackage.mjs
 *
 * Both come from the npm registry for the time of the run. CommonJS gets the package by `import()` alone, and so does the old resolution
 * of Node 10, which knows no paths within a package: neither counts.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'soapstream-package-'));
try {
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  const [packed] = readdirSync(folder);
  const judges = [
    ['publint', join(folder, packed), '--strict'],
    ['@arethetypeswrong/cli', join(folder, packed), '--profile', 'esm-only', '--format', 'ascii'],
  ];
  for (const args of judges) {
    const { status } = spawnSync('npx', ['--yes', ...args], { cwd: folder, stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
