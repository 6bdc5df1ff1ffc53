import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/smallMnist.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(ROOT, 'dist/cli.js');

const PIPELINES = `pipelines:
  ones:
    source: { arrow: { path: none.arrow } }
    steps: [{ filter: { column: label, values: [1] } }]
tests:
  right:
    pipeline: ones
    input: [{ image: 0, label: 1 }, { image: 1, label: 2 }]
    expect: { count: 1 }
  wrong:
    pipeline: ones
    input: [{ image: 0, label: 1 }, { image: 1, label: 2 }]
    expect:
      rows: [{ image: 1 }] # the first
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
});

function soapstream(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

/** Without the times. */
const timeless = (text: string): string => text.replaceAll(/ · [\d.]+ m?s/g, '');

describe('soapstream test', () => {
  it('shows each difference in a code frame, and has an exit code of its own', () => {
    const { code, stdout, stderr } = soapstream('test');
    expect(timeless(stdout)).toBe(`✓ right
✗ wrong

pipelines.yaml:14:23 wrong: row 0, image: expected 1, found 0
  12 |     input: [{ image: 0, label: 1 }, { image: 1, label: 2 }]
  13 |     expect:
> 14 |       rows: [{ image: 1 }] # the first
     |                       ^

2 tests, 1 failed
`);
    expect(stderr).toBe('');
    expect(code).toBe(4);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('runs those that are named', () => {
    const { code, stdout } = soapstream('test', 'pipelines.yaml', 'right');
    expect(timeless(stdout)).toBe('✓ right\n1 test, all passed\n');
    expect(code).toBe(0);
    const unknown = soapstream('test', 'rihgt');
    expect(unknown.stderr).toBe(
      'soapstream: there is no test rihgt in pipelines.yaml, only right, wrong; did you mean right?\n',
    );
    expect(unknown.code).toBe(2);
  });

  it('tells everything as JSON', () => {
    const { code, stdout } = soapstream('test', '--json');
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      passed: false,
      tests: [
        { name: 'right', pipeline: 'ones', passed: true, updated: false, rows: 1, problems: [] },
        {
          name: 'wrong',
          passed: false,
          problems: [
            {
              message: 'wrong: row 0, image: expected 1, found 0',
              path: 'tests.wrong.expect.rows[0].image',
              location: { file: 'pipelines.yaml', line: 14, column: 23, endColumn: 24 },
            },
          ],
        },
      ],
    });
    expect(code).toBe(4);
  });

  it('writes what came out into the file with --update, and nothing else', () => {
    const { code, stdout } = soapstream('test', '--update');
    expect(timeless(stdout)).toBe('✓ right\n✓ wrong · updated\n2 tests, all passed\n');
    expect(code).toBe(0);
    const text = readFileSync(join(folder, 'pipelines.yaml'), 'utf8');
    expect(text).toBe(PIPELINES.replace('rows: [{ image: 1 }]', 'rows: [{ image: 0 }]'));
    expect(soapstream('test').code).toBe(0);
  });

  it('still fails where --update has nothing to write: bounds are the author’s', () => {
    writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES.replace('count: 1', 'columns: { image: { min: 5 } }'));
    const { code, stdout } = soapstream('test', 'right', '--update');
    expect(stdout).toContain('right: row 0, image: expected at least 5, found 0');
    expect(code).toBe(4);
  });

  it('refuses a file without tests', () => {
    writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES.slice(0, PIPELINES.indexOf('tests:')));
    const { code, stderr } = soapstream('test');
    expect(stderr).toBe('soapstream: there are no tests in pipelines.yaml\n');
    expect(code).toBe(2);
  });

  it('has its tests checked by validate, types of rows too', () => {
    writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES.replace('label: 2', 'label: 256'));
    const { code, stderr } = soapstream('validate');
    expect(stderr).toContain('right: row 1, label: expected a value of the type uint8, got 256');
    expect(code).toBe(2);
  });
});

describe('the tests of the pipelines of this project', () => {
  it('pass', () => {
    const { status, stdout } = spawnSync(process.execPath, [CLI, 'test'], { cwd: ROOT, encoding: 'utf8' });
    expect(timeless(stdout)).toMatch(/^(✓ \w+\n)+3 tests, all passed\n$/);
    expect(status).toBe(0);
  });
});
