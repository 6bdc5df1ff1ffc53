import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { randomNumbers } from '../support/batches.js';
import { arrowRows, foreignFile } from './foreignFiles.js';
import { temporaryDirectory } from './samples.js';

/** Of each file; SOAPSTREAM_FUZZ=25000 tries a hundred thousand. */
const MUTATIONS = Number(process.env.SOAPSTREAM_FUZZ ?? 100);
/** Of lengths, places and counts that are easily taken for others. */
const NUMBERS = [0n, -1n, 1n, 127n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 32n, 2n ** 62n, -(2n ** 63n)];

/** Bytes with up to four faults: flipped bits, odd numbers, a part left out. */
function damaged(whole: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(whole);
  const below = (most: number): number => Math.floor(most * random());
  for (let faults = 1 + below(4); faults > 0; faults--) {
    const at = below(bytes.length - 8);
    const kind = below(8);
    if (kind === 0) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(16))]);
    else if (kind < 4) bytes.writeBigInt64LE(NUMBERS[below(NUMBERS.length)]!, at - (at % 8));
    else bytes[at]! ^= 1 << below(8);
  }
  return bytes;
}

describe.each(['types.arrow', 'typesLz4.arrow', 'typesZstd.arrow', 'dictionaries.arrows'])('%s, damaged', (name) => {
  it('is read, or refused with its name', async () => {
    const random = randomNumbers(name.length);
    const path = join(await temporaryDirectory(), 'damaged.arrow');
    const whole = await readFile(foreignFile(name));
    let refused = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      await writeFile(path, damaged(whole, random));
      try {
        await arrowRows(path);
      } catch (error) {
        if (!(error instanceof PipelineError) || !['badData', 'badSchema'].includes(error.code)) throw error;
        expect(error.message.startsWith(path)).toBe(true);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(MUTATIONS / 4);
  });
});

describe('a stream of one column', () => {
  /** x: int32 [1, 2, 3], big-endian. */
  const columnOf = async (change: (bytes: Buffer) => void): Promise<string> => {
    const bytes = await readFile(foreignFile('bigEndian.arrows'));
    change(bytes);
    const path = join(await temporaryDirectory(), 'a.arrows');
    await writeFile(path, bytes);
    return path;
  };
  const bodyAt = (bytes: Buffer): number => bytes.lastIndexOf(Buffer.from([0, 0, 0, 1, 0, 0, 0, 2]));

  it('is refused where a buffer reaches beyond the body', async () => {
    const path = await columnOf((bytes) => bytes.writeBigInt64LE(2n ** 40n, bytes.lastIndexOf(12, bodyAt(bytes) - 1)));
    await expect(arrowRows(path)).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(
        `^${path}: not readable as Arrow: a buffer of 1099511627776 bytes at 0 is not within its batch of 16 bytes$`,
      ) as string,
    });
  });
});
