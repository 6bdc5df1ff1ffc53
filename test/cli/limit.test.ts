import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const PIPELINES = `
pipelines:
  images:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist]
    sinks: [{ parquet: { path: '\${out}/images.parquet' } }]
`;

it('run --limit leaves a whole run alone, and says that it was limited', async () => {
  const folder = temporaryFolder();
  writeSmallMnist(folder, 20);
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
  const whole = await soapstream(folder, ['run']);
  expect(whole.stdout.toString()).not.toContain('limited');

  const limited = await soapstream(folder, ['run', '--limit', '3']);
  expect(limited.stdout.toString()).toMatch(
    /\nimages +[\d.]+ s +3 .*\nlimited: at most the first 3 rows of each source were read; outputs are in out-limited\n$/,
  );
  expect(limited.code).toBe(0);
  expect(readdirSync(folder).toSorted()).toEqual(['images', 'labels', 'out', 'out-limited', 'pipelines.yaml']);

  const elsewhere = await soapstream(folder, ['run', '--limit', '3', '--out', 'mine', '--json']);
  expect(JSON.parse(elsewhere.stdout.toString())).toMatchObject({ limit: 3, pipelines: [{ outputs: [{ rows: 3 }] }] });
  expect(readdirSync(join(folder, 'mine'))).toEqual(['images.parquet', 'runs']);

  const { code, stderr } = await soapstream(folder, ['run', '--limit', '0']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: 'soapstream: --limit: expected a whole number ≥ 1, got "0"\n' });
});
