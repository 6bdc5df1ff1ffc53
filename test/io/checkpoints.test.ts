import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CheckpointStore, checkpointsBeside } from '#dist/io/checkpoints.js';
import { temporaryFolder } from '../support/smallMnist.js';

let folder: string;
let store: CheckpointStore;
beforeEach(() => {
  folder = temporaryFolder();
  store = checkpointsBeside(join(folder, 'artifacts', 'digits'));
});

const files = (number: number): Map<string, Uint8Array> => new Map([['state.json', Uint8Array.of(number)]]);
const first = async (): Promise<number | undefined> => (await store.read())?.get('state.json')?.[0];

describe('checkpointsBeside', () => {
  it('keeps the last state in a hidden folder, until it is cleared', async () => {
    expect(await store.read()).toBeUndefined();
    await store.write(files(1));
    await store.write(files(2));
    expect(await first()).toBe(2);
    expect(readdirSync(join(folder, 'artifacts'))).toEqual(['.digits.checkpoint']);
    await store.clear();
    expect(await store.read()).toBeUndefined();
    expect(readdirSync(join(folder, 'artifacts'))).toEqual([]);
  });

  it('has nothing to clear where nothing was kept', async () => {
    await expect(store.clear()).resolves.toBeUndefined();
  });

  it('finds the earlier state if the process was killed while it was replaced', async () => {
    await store.write(files(1));
    const path = join(folder, 'artifacts', '.digits.checkpoint');
    // As after the first of two renames; no process has this number.
    renameSync(path, join(folder, 'artifacts', '..digits.checkpoint.replaced-4194305-0'));
    expect(await first()).toBe(1);
    expect(readdirSync(join(folder, 'artifacts'))).toEqual(['.digits.checkpoint']);
  });

  it('removes half of a state that a killed process has left', async () => {
    mkdirSync(join(folder, 'artifacts', '..digits.checkpoint.partial-4194305-0'), { recursive: true });
    expect(await store.read()).toBeUndefined();
    expect(readdirSync(join(folder, 'artifacts'))).toEqual([]);
  });

  it('says where it cannot write', async () => {
    rmSync(join(folder, 'artifacts'), { recursive: true, force: true });
    writeFileSync(join(folder, 'artifacts'), 'a file');
    await expect(store.write(files(1))).rejects.toMatchObject({
      name: 'PipelineError',
      message: expect.stringContaining(`${join(folder, 'artifacts', '.digits.checkpoint')}: cannot be written: `),
    });
  });
});
