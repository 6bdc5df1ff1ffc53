import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const KEPT = /^\d{3} operations, \d+ faults\n.*; 0 of \d+ broke a promise\n$/;

async function faultTest(...options: string[]): Promise<string> {
  const args = ['scripts/faultTest.mjs', ...options];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

describe('a file operation that fails', () => {
  it(
    'ends in success or a named error, and the next run succeeds with the same bytes: a part of scripts/faultTest.mjs',
    { timeout: 240_000 },
    async () => {
      expect(await faultTest('--codes', 'EIO', '--every', '149', '--offset', '7')).toMatch(KEPT);
    },
  );

  it(
    'is tried again where the fault may pass: the run succeeds with the same bytes, and says so',
    { timeout: 240_000 },
    async () => {
      expect(await faultTest('--passing', '--codes', 'EIO,ESTALE', '--every', '211', '--offset', '3')).toMatch(KEPT);
    },
  );
});
