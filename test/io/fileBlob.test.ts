import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { open } from '#dist/io/disk.js';
import { FileBlob } from '#dist/io/fileBlob.js';
import { temporaryFolder } from '../support/smallMnist.js';

describe('a blob of a file', () => {
  it('gives the bytes of its slices', async () => {
    const path = join(temporaryFolder(), 'a');
    await writeFile(path, 'abcdef');
    const handle = await open(path, 'r');
    const blob = new FileBlob(handle, path, 1, 5);
    expect(Buffer.from(await blob.slice(1, 3).arrayBuffer()).toString()).toBe('cd');
    await handle.close();
  });

  it('fails the work that reads it, and not the reader, where a read fails', async () => {
    const path = join(temporaryFolder(), 'a');
    await writeFile(path, 'abcdef');
    const handle = await open(path, 'r');
    const blob = new FileBlob(handle, path, 0, 6);
    await truncate(path, 3);
    let hasReader = false;
    const work = blob.reading(async () => {
      await blob.slice(2, 6).arrayBuffer();
      hasReader = true;
    });
    await expect(work).rejects.toMatchObject({
      code: 'missingInput',
      message: `${path}: cannot be read: it has become shorter`,
    });
    await handle.close();
    await expect(blob.reading(() => blob.arrayBuffer())).rejects.toThrow(`${path}: cannot be read: file closed`);
    expect(hasReader).toBe(false);
    await expect(blob.arrayBuffer()).rejects.toThrow(`${path}: cannot be read: file closed`);
  });
});
