import { spawnSync } from 'node:child_process';
import fs, { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atomicDirectory, atomicFile } from '#dist/io/atomic.js';
import { killWhenReady } from './children.js';
import { temporaryDirectory } from './samples.js';

const isText = (entry: string): boolean => entry.endsWith('.txt');

/** No process has it: beyond what Linux gives. */
const DEAD = 2 ** 22 + 1;

/** For the rest of the test. */
function refuseToRename(from: string): void {
  const { renameSync } = fs;
  onTestFinished(() => {
    fs.renameSync = renameSync;
    syncBuiltinESMExports();
  });
  fs.renameSync = (path, to) => {
    if (path === from) throw new Error('no such luck');
    renameSync(path, to);
  };
  syncBuiltinESMExports();
}

describe('atomicFile', () => {
  it('shows nothing before it is committed, and the whole afterwards', async () => {
    const directory = await temporaryDirectory();
    const output = await atomicFile(join(directory, 'new/folder/a.txt'));
    await writeFile(output.partial, 'whole');
    expect(existsSync(output.path)).toBe(false);
    await output.commit();
    expect(await readdir(join(directory, 'new/folder'))).toEqual(['a.txt']);
    expect(await readFile(output.path, 'utf8')).toBe('whole');
  });

  it('keeps the earlier file until it is committed', async () => {
    const path = join(await temporaryDirectory(), 'a.txt');
    await writeFile(path, 'old');
    const output = await atomicFile(path);
    await writeFile(output.partial, 'new');
    expect(await readFile(path, 'utf8')).toBe('old');
    await output.commit();
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('leaves nothing, and the earlier file, when it is aborted', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'a.txt'), 'old');
    const output = await atomicFile(join(directory, 'a.txt'));
    await writeFile(output.partial, 'half');
    await output.abort();
    expect(await readdir(directory)).toEqual(['a.txt']);
    expect(await readFile(output.path, 'utf8')).toBe('old');
  });

  it('ignores an abort after the commit', async () => {
    const output = await atomicFile(join(await temporaryDirectory(), 'a.txt'));
    await output.commit();
    await output.abort();
    expect(existsSync(output.path)).toBe(true);
  });

  it('gives two writers of one path partial files of their own', async () => {
    const directory = await temporaryDirectory();
    const [one, other] = [await atomicFile(join(directory, 'a.txt')), await atomicFile(join(directory, 'a.txt'))];
    await writeFile(one.partial, 'one');
    await writeFile(other.partial, 'other');
    await one.commit();
    await other.commit();
    expect(await readdir(directory)).toEqual(['a.txt']);
    expect(await readFile(one.path, 'utf8')).toBe('other');
  });

  it('removes what dead processes left of the same path, and nothing else', async () => {
    const directory = await temporaryDirectory();
    const kept = ['.a.txt.partial-1-0', `.ab.txt.partial-${DEAD}-0`, `.a.txt.other-${DEAD}-0`, 'a.txt.partial'];
    for (const name of [...kept, `.a.txt.partial-${DEAD}-0`]) await writeFile(join(directory, name), '');
    await mkdir(join(directory, `.a.txt.partial-${DEAD}-1`));
    const output = await atomicFile(join(directory, 'a.txt'));
    await output.commit();
    expect(new Set(await readdir(directory))).toEqual(new Set([...kept, 'a.txt']));
  });

  it('does not take a directory for a file', async () => {
    const directory = await temporaryDirectory();
    await expect(atomicFile(directory)).rejects.toMatchObject({
      code: 'badOption',
      message: `${directory}: cannot be written: expected the name of a file, found a directory`,
    });
  });

  it('says why a file cannot be made', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');
    await expect(atomicFile(join(directory, 'file/a.txt'))).rejects.toMatchObject({
      code: 'badOption',
      message: expect.stringMatching(/file\/a\.txt: cannot be written: ENOTDIR/) as string,
    });
  });

  it('makes the directories above', async () => {
    const path = join(await temporaryDirectory(), 'a', 'b', 'c', 'a.txt');
    const outputs = await Promise.all([atomicFile(path), atomicFile(path)]);
    for (const output of outputs) await output.commit();
    expect(await readdir(dirname(path))).toEqual(['a.txt']);
  });

  it.runIf(process.platform === 'linux')('gives up where the system makes no directories', async () => {
    await expect(atomicFile('/proc/soapstream/a.txt')).rejects.toMatchObject({
      code: 'badOption',
      message: expect.stringMatching(/^\/proc\/soapstream\/a\.txt: cannot be written: ENOENT/) as string,
    });
  });

  it('leaves nothing at the final name when its process is killed, and clears up the next time', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'a.txt');
    await killWhenReady(`
      import { writeFile } from 'node:fs/promises';
      const { atomicFile } = await use('io/atomic.js');
      const output = await atomicFile(${JSON.stringify(path)});
      await writeFile(output.partial, 'half');
      ready();
    `);
    expect(await readdir(directory)).toEqual([expect.stringMatching(/^\.a\.txt\.partial-\d+-\d+$/)]);
    const next = await atomicFile(path);
    await next.commit();
    expect(await readdir(directory)).toEqual(['a.txt']);
  });
});

describe('atomicDirectory', () => {
  it('puts the earlier directory back when the new one cannot take its place', async () => {
    const path = join(await temporaryDirectory(), 'parts');
    await mkdir(path);
    await writeFile(join(path, 'old.txt'), 'old');
    const output = await atomicDirectory(path, isText);
    await writeFile(join(output.partial, 'new.txt'), 'new');
    refuseToRename(output.partial);
    await expect(output.commit()).rejects.toMatchObject({
      code: 'outputFailed',
      message: `${path}: writing failed: no such luck`,
    });
    await output.abort();
    expect(await readdir(dirname(path))).toEqual(['parts']);
    expect(await readFile(join(path, 'old.txt'), 'utf8')).toBe('old');
  });

  it('appears as a whole', async () => {
    const directory = await temporaryDirectory();
    const output = await atomicDirectory(join(directory, 'parts'), isText);
    await writeFile(join(output.partial, '0.txt'), 'zero');
    expect(existsSync(output.path)).toBe(false);
    await output.commit();
    expect(await readdir(directory)).toEqual(['parts']);
    expect(await readFile(join(output.path, '0.txt'), 'utf8')).toBe('zero');
  });

  it('replaces an earlier directory, with all that was in it, only when it is committed', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'parts');
    await mkdir(path);
    await writeFile(join(path, 'old.txt'), '');
    const output = await atomicDirectory(path, isText);
    await writeFile(join(output.partial, 'new.txt'), '');
    expect(await readdir(path)).toEqual(['old.txt']);
    await output.commit();
    expect(await readdir(path)).toEqual(['new.txt']);
    expect(await readdir(directory)).toEqual(['parts']);
  });

  it('leaves the earlier directory when it is aborted', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'parts'));
    const output = await atomicDirectory(join(directory, 'parts'), isText);
    await writeFile(join(output.partial, 'new.txt'), '');
    await output.abort();
    expect(await readdir(directory)).toEqual(['parts']);
    expect(await readdir(output.path)).toEqual([]);
  });

  it('never replaces a directory that holds anything else', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, '0.txt'), '');
    await writeFile(join(directory, 'thesis.pdf'), '');
    await expect(atomicDirectory(directory, isText)).rejects.toMatchObject({
      code: 'badOption',
      message: `${directory}: cannot be written: the directory holds thesis.pdf, which was not written here; nothing of it is replaced`,
    });
    expect(await readdir(directory)).toEqual(['0.txt', 'thesis.pdf']);
  });

  it('does not take a file for a directory', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, '');
    await expect(atomicDirectory(path, isText)).rejects.toMatchObject({
      code: 'badOption',
      message: `${path}: cannot be written: expected the name of a directory, found a file`,
    });
  });

  it('keeps the earlier directory when its process is killed', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'parts');
    await mkdir(path);
    await writeFile(join(path, 'old.txt'), 'old');
    await killWhenReady(`
      import { writeFile } from 'node:fs/promises';
      const { atomicDirectory } = await use('io/atomic.js');
      const output = await atomicDirectory(${JSON.stringify(path)}, () => true);
      await writeFile(output.partial + '/new.txt', 'half');
      ready();
    `);
    expect(await readdir(path)).toEqual(['old.txt']);
    expect(await readdir(directory)).toHaveLength(2);
    await (await atomicDirectory(path, isText)).abort();
    expect(await readdir(directory)).toEqual(['parts']);
  });

  it('puts the earlier directory back if a process was killed between moving it away and replacing it', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, `.parts.replaced-${DEAD}-1`));
    await writeFile(join(directory, `.parts.replaced-${DEAD}-1/old.txt`), 'old');
    await mkdir(join(directory, `.parts.partial-${DEAD}-0`));
    await (await atomicDirectory(join(directory, 'parts'), isText)).abort();
    expect(await readdir(directory)).toEqual(['parts']);
    expect(await readdir(join(directory, 'parts'))).toEqual(['old.txt']);
  });

  it('removes the earlier directory if a process was killed after replacing it', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, `.parts.replaced-${DEAD}-1`));
    await mkdir(join(directory, 'parts'));
    await writeFile(join(directory, 'parts/new.txt'), 'new');
    await (await atomicDirectory(join(directory, 'parts'), isText)).abort();
    expect(await readdir(directory)).toEqual(['parts']);
    expect(await readdir(join(directory, 'parts'))).toEqual(['new.txt']);
  });
});

describe('an output whose path is a symbolic link', () => {
  it.each([
    ['to a file', 'there.txt', true],
    ['to nothing yet', 'there.txt', false],
    ['to a link', 'again.txt', true],
    ['into a folder that is not there', 'new/folder/there.txt', false],
  ])('%s is written where it leads, and stays', async (_, target, exists) => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'scratch'));
    await symlink('there.txt', join(directory, 'scratch/again.txt'));
    if (exists) await writeFile(join(directory, 'scratch/there.txt'), 'old');
    const path = join(directory, 'a.txt');
    await symlink(join('scratch', target), path);
    const output = await atomicFile(path);
    expect(output.path).toBe(path);
    await writeFile(output.partial, 'new');
    await output.commit();
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(directory)).toEqual(['a.txt', 'scratch']);
    expect((await lstat(join(directory, 'scratch', target.replace('again', 'there')))).isFile()).toBe(true);
  });

  it('to a directory is written where it leads, and stays', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'scratch/parts'), { recursive: true });
    await writeFile(join(directory, 'scratch/parts/old.txt'), 'old');
    const path = join(directory, 'parts');
    await symlink('scratch/parts', path);
    const output = await atomicDirectory(path, isText);
    await writeFile(join(output.partial, 'new.txt'), 'new');
    await output.commit();
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readdir(join(directory, 'scratch/parts'))).toEqual(['new.txt']);
    expect(await readdir(join(directory, 'scratch'))).toEqual(['parts']);
  });

  it('that leads round in a circle is refused', async () => {
    const path = join(await temporaryDirectory(), 'a.txt');
    await symlink('a.txt', path);
    await expect(atomicFile(path)).rejects.toMatchObject({
      code: 'badOption',
      message: expect.stringMatching(/a\.txt: cannot be written: ELOOP/) as string,
    });
  });
});

it.runIf(process.platform !== 'win32')('devices and pipes are not replaced', async () => {
  await expect(atomicFile('/dev/null')).rejects.toMatchObject({
    code: 'badOption',
    message: '/dev/null: cannot be written: expected the name of a file, found a pipe or device',
  });
});

describe('a process that ends', () => {
  const script = (path: string, ending: string): string => `
    import { writeFile } from 'node:fs/promises';
    const { atomicFile, atomicDirectory } = await import(${JSON.stringify(import.meta.resolve('#dist/io/atomic.js'))});
    const file = await atomicFile(${JSON.stringify(path)});
    await writeFile(file.partial, 'half');
    const parts = await atomicDirectory(${JSON.stringify(`${path}.parts`)}, () => true);
    await writeFile(parts.partial + '/0', 'half');
    ${ending}
  `;

  it.each([
    ['by process.exit', 'process.exit(0);'],
    ['by an error', "throw new Error('oops');"],
    ['by itself', ''],
  ])('%s leaves nothing partial', async (_, ending) => {
    const directory = await temporaryDirectory();
    const text = script(join(directory, 'a.txt'), ending);
    spawnSync(process.execPath, ['--input-type=module', '--eval', text]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('clears up after its threads', async () => {
    const directory = await temporaryDirectory();
    const thread = script(
      join(directory, 'trial/a.txt'),
      "setInterval(() => {}, 1000); (await import('node:worker_threads')).parentPort.postMessage('ready');",
    );
    const text = `
      import { Worker } from 'node:worker_threads';
      const { guardFolder } = await import(${JSON.stringify(import.meta.resolve('#dist/io/leftovers.js'))});
      const thread = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(thread)})));
      guardFolder(${JSON.stringify(join(directory, 'trial'))}, () => thread.terminate());
      thread.on('message', () => process.exit(0));
    `;
    spawnSync(process.execPath, ['--input-type=module', '--eval', text]);
    expect(await readdir(join(directory, 'trial'))).toEqual([]);
  });
});
