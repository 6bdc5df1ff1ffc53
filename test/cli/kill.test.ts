import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('a run that is killed when a checkpoint is there', () => {
  it(
    'leaves nothing that only looks whole, and ends with the same bytes after all: a part of scripts/killTest.mjs',
    { timeout: 240_000 },
    async () => {
      const args = [
        'scripts/killTest.mjs',
        '--by',
        'checkpoint',
        '--kills',
        '5',
        '--only',
        'describe,train,deadLetters',
      ];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT }).catch(
        (error: { stdout: string }) => error,
      );
      const [, kills, goneOn] = /\n(\d+) kills, (\d+) pipelines went on where they were, 0 promises broken\n$/.exec(
        stdout,
      ) ?? [stdout];
      expect(Number(kills)).toBeGreaterThan(2);
      expect(Number(goneOn)).toBeGreaterThan(0);
    },
  );
});
