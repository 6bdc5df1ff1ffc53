import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '#dist/cli/exitCodes.js';
import { PipelineError } from '#dist/errors.js';

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('the exit code', () => {
  it('of what the system refuses is that of data, not that of a mistake in code', () => {
    const refused = thrownBy(() => readFileSync('/nowhere'));
    expect(exitCodeOf(refused)).toBe(3);
    expect(exitCodeOf(new TypeError('x is undefined'))).toBe(1);
    expect(exitCodeOf(new PipelineError('internal', 'x', { cause: refused }))).toBe(1);
  });
});
