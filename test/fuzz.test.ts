import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, asyncProperty, constantFrom, nat, record, tuple } from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type FuzzTarget, fuzzTargets, mistakeIn, withFaults } from './support/fuzzTargets.mjs';

/** Of each reader; scripts/fuzz.mjs tries more. */
const INPUTS = 40;
const MOST_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'soapstream-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const targets = await fuzzTargets(folder);

const fault = record({ at: nat(999_999), kind: nat(8), value: nat(1000) });

/** Whether bytes that nobody has checked are read or refused, soon. */
async function mistakes({ read }: FuzzTarget, bytes: Buffer): Promise<string | undefined> {
  const late = AbortSignal.timeout(MOST_MS);
  const isLate = new Promise<string>((resolve) => late.addEventListener('abort', () => resolve('no answer')));
  return Promise.race([isLate, read(bytes).then(() => undefined, mistakeIn)]);
}

describe.each(targets)('$name, from others,', (target) => {
  it('is read where it is sound', async () => {
    for (const seed of target.seeds) await target.read(seed);
  });

  it('is read or refused when it is damaged', { timeout: 240_000 }, async () => {
    const damaged = tuple(constantFrom(...target.seeds), array(fault, { minLength: 1, maxLength: 5 }));
    const property = asyncProperty(damaged, async ([seed, faults]) => {
      expect(await mistakes(target, withFaults(seed, faults))).toBeUndefined();
    });
    await assert(property, { numRuns: INPUTS, seed: 18, endOnFailure: true });
  });
});
