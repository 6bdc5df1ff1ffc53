import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/smallMnist.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function check(...args: string[]): string[] {
  const { stderr, status } = spawnSync(process.execPath, ['scripts/checkImports.mjs', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const lines = stderr.split('\n').filter((line) => line !== '');
  expect(status).toBe(lines.length > 0 ? 1 : 0);
  return lines;
}

function checkFiles(files: Readonly<Record<string, string>>, table: Readonly<Record<string, string>>): string[] {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries({ ...files, 'table.json': JSON.stringify(table) })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return check(folder, join(folder, 'table.json')).map((line) => line.replace(`${folder}/`, ''));
}

describe('the imports of src', () => {
  it('are those of the table, without a circle', () => {
    expect(check()).toEqual([]);
  });
});

describe('checkImports', () => {
  it.each([
    ["import { b } from '../b/b.js';"],
    ["import {\n  b,\n  c,\n} from '../b/b.js';"],
    ["import type { B } from '../b/b.js';"],
    ["import { type B } from '../b/b.js';"],
    ["export { b } from '../b/b.js';"],
    ["export * from '../b/b.js';"],
    ["import '../b/b.js';"],
    ["const { b } = await import('../b/b.js');"],
    ["type B = import('../b/b.js').B;"],
    ["const thread = new Thread(new URL('../b/b.js', import.meta.url));"],
  ])('sees %j', (text) => {
    expect(checkFiles({ 'a/a.ts': text }, {})).toEqual(['a/a.ts imports b, which a may not']);
    expect(checkFiles({ 'a/a.ts': text }, { a: 'b' })).toEqual([]);
  });

  it('sees packages', () => {
    const text = "import { readFile } from 'node:fs/promises';\nimport { x } from '@scope/name/part';\n";
    expect(checkFiles({ 'a/a.ts': text }, {})).toEqual([
      'a/a.ts imports node, which a may not',
      'a/a.ts imports @scope/name, which a may not',
    ]);
  });

  it('refuses what the table allows and nobody does', () => {
    expect(checkFiles({ 'a/a.ts': '' }, { a: 'b' })).toEqual(['a may import b, but does not: take it from the table']);
  });

  it('refuses circles, of rooms and of files, by types too', () => {
    const rooms = { 'a/a.ts': "import '../b/b.js';", 'b/other.ts': "import type { A } from '../a/a.js';" };
    expect(checkFiles(rooms, { a: 'b', b: 'a' })).toEqual(['a circle: a → b → a']);
    const files = { 'a/a.ts': "import './b.js';", 'a/b.ts': "import type { A } from './a.js';" };
    expect(checkFiles(files, {})).toEqual(['a circle: a/a.ts → a/b.ts → a/a.ts']);
  });
});
