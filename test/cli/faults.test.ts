import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('a file operation that fails', () => {
  it(
    'ends in success or a named error, and the next run succeeds with the same bytes: a part of scripts/faultTest.mjs',
    { timeout: 240_000 },
    async () => {
      const args = ['scripts/faultTest.mjs', '--codes', 'EIO', '--every', '149', '--offset', '7'];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT }).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toMatch(/^\d{3} operations, \d+ faults\n.*; 0 of \d+ broke a promise\n$/);
    },
  );
});
