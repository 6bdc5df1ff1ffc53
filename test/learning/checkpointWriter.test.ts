import { describe, expect, it } from 'vitest';
import type { CheckpointFiles } from '#dist/learning/checkpoint.js';
import { CheckpointWriter } from '#dist/learning/checkpointWriter.js';

const numbered = (number: number): CheckpointFiles => new Map([['state', Uint8Array.of(number)]]);

/** A target whose writes end when they are told to. */
function slowTarget(): { written: number[]; ends: (() => void)[]; write: (files: CheckpointFiles) => Promise<void> } {
  const written: number[] = [];
  const ends: (() => void)[] = [];
  const write = (files: CheckpointFiles): Promise<void> => {
    written.push(files.get('state')![0]!);
    return new Promise((resolve) => ends.push(resolve));
  };
  return { written, ends, write };
}

describe('CheckpointWriter', () => {
  it('leaves out states that come while one is written, and does not even make them', async () => {
    const { written, ends, write } = slowTarget();
    const writer = new CheckpointWriter({ earlier: undefined, intervalMs: 0, write });
    writer.offer(() => numbered(1));
    writer.offer(() => {
      throw new Error('made in vain');
    });
    ends[0]!();
    await writer.settle();
    writer.offer(() => numbered(3));
    ends[1]!();
    await writer.settle();
    expect(written).toEqual([1, 3]);
  });

  it('leaves out states that come too early', async () => {
    const { written, write } = slowTarget();
    const writer = new CheckpointWriter({ earlier: undefined, intervalMs: 3_600_000, write });
    writer.offer(() => numbered(1));
    await writer.settle();
    expect(written).toEqual([]);
  });

  it('tells what a write failed with, at the next state and at the end', async () => {
    const error = new Error('disk full');
    const write = (): Promise<void> => Promise.reject(error);
    const writer = new CheckpointWriter({ earlier: undefined, intervalMs: 0, write });
    writer.offer(() => numbered(1));
    await expect(writer.settle()).rejects.toBe(error);
    expect(() => writer.offer(() => numbered(2))).toThrow(error);
  });
});
