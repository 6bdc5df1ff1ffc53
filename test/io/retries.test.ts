import fs, { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { open } from '#dist/io/disk.js';
import { type FileRetry, retried, watchRetries } from '#dist/io/retries.js';

const VARIABLE = 'SOAPSTREAM_RETRY_SECONDS';
afterEach(() => void delete process.env[VARIABLE]);

/** Work that fails so often with a code, and then gives `done`. */
function failing(code: string, times: number): { work: () => Promise<string>; readonly calls: number } {
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    work: async () => {
      if (calls++ < times) throw Object.assign(new Error(`${code}: no luck`), { code, syscall: 'read' });
      return 'done';
    },
  };
}

/** What is told while something is tried. */
async function told(work: () => Promise<unknown>, signal = new AbortController().signal): Promise<FileRetry[]> {
  const retries: FileRetry[] = [];
  const end = watchRetries({ signal, onRetry: (retry) => retries.push(retry) });
  await work().finally(end);
  return retries;
}

describe('a file operation that fails by a fault that may pass', () => {
  it('is tried again after a wait that doubles, and each time is told', async () => {
    const { work } = failing('ESTALE', 2);
    const retries = await told(async () => expect(await retried('read', 'a.xyz', work)).toBe('done'));
    expect(retries).toEqual([
      { operation: 'read', path: 'a.xyz', code: 'ESTALE', failures: 1, waitMs: 100 },
      { operation: 'read', path: 'a.xyz', code: 'ESTALE', failures: 2, waitMs: 200 },
    ]);
  });

  it('fails for good when the time for it is over, and says how often it was tried', async () => {
    process.env[VARIABLE] = '0.4';
    const { work } = failing('EIO', 9);
    await expect(retried('read', 'a.xyz', work)).rejects.toThrow('EIO: no luck (tried 3 times)');
  });

  it('is not tried again with SOAPSTREAM_RETRY_SECONDS=0', async () => {
    process.env[VARIABLE] = '0';
    const job = failing('EIO', 1);
    await expect(retried('read', 'a.xyz', job.work)).rejects.toThrow(/^EIO: no luck$/);
    expect(job.calls).toBe(1);
  });

  it('is not tried again on a full disk, nor without permission', async () => {
    for (const code of ['ENOSPC', 'EDQUOT', 'EACCES', 'ENOENT', 'EROFS']) {
      const job = failing(code, 1);
      await expect(retried('write', 'a.xyz', job.work)).rejects.toThrow(`${code}: no luck`);
      expect(job.calls).toBe(1);
    }
  });

  it('waits no longer once the run is stopped', async () => {
    process.env[VARIABLE] = '1000';
    const stop = new AbortController();
    const { work } = failing('EIO', 99);
    const end = watchRetries({ signal: stop.signal, onRetry: ({ failures }) => failures === 3 && stop.abort() });
    await expect(retried('read', 'a.xyz', work)).rejects.toThrow('EIO: no luck');
    end();
  });
});

describe('a file', () => {
  it('gets the same bytes where a write has failed with part of them on disk', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'soapstream-')), 'a');
    const original = fs.open;
    fs.open = async (...args) => {
      const handle = await original(...args);
      let failures = 1;
      const writev = handle.writev.bind(handle);
      handle.writev = async (buffers, position) => {
        if (failures-- <= 0) return writev(buffers, position);
        await writev([(buffers[0] as Uint8Array).subarray(0, 2)], position);
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      };
      return handle;
    };
    syncBuiltinESMExports();
    try {
      const file = await open(path, 'w');
      const bytes = ['abcd', '', 'efg'].map((text) => Buffer.from(text));
      const retries = await told(async () => expect(await file.append(bytes)).toBe(7));
      expect(await file.append([Buffer.from('h')])).toBe(1);
      await file.close();
      expect(retries).toMatchObject([{ operation: 'write', path, code: 'EIO' }]);
    } finally {
      fs.open = original;
      syncBuiltinESMExports();
    }
    expect(await readFile(path, 'utf8')).toBe('abcdefgh');
  });

  it('is read from where it is asked to, not from where the last read ended', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'soapstream-')), 'a');
    await writeFile(path, 'abcdef');
    const file = await open(path, 'r');
    const buffer = new Uint8Array(4);
    expect(await file.read(buffer, 0, 3, 2)).toBe(3);
    expect(await file.read(buffer, 1, 3, 2)).toBe(3);
    await file.close();
    expect(Buffer.from(buffer).toString()).toBe('ccde');
  });
});
