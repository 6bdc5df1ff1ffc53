import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPlan } from '#dist/pipelines/loadPlan.js';
import { type Ended, soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const MODULES = new URL('../operators/modules/', import.meta.url).pathname;
const SECRET = 'sk-1f9Zq7-very-secret';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 20);
  cpSync(join(MODULES, 'passing.mjs'), join(folder, 'files/passing.mjs'));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['zod', 'rxjs'])
    symlinkSync(new URL(`../../node_modules/${name}`, import.meta.url).pathname, join(folder, 'node_modules', name));
});

const fileOf = (steps: string, more: string): string => `
pipelines:
  p:
    source: { idx: { images: ../images, labels: ../labels } }
    steps: [decodeMnist, ${steps}]
${more}
`;
const SINK = "    sinks: [{ parquet: { path: '${out}/rows.parquet' } }]";
const NONE = ['--operators', 'none.mjs'];

const write = (text: string): void => writeFileSync(join(folder, 'files/p.yaml'), text);

describe('code that a pipeline file names', () => {
  beforeEach(() => write(fileOf('./passing.mjs', SINK)));

  it.each(['run', 'validate', 'graph', 'test', 'tap', 'segment'])(
    'is not loaded by %s, which says how to allow it',
    async (name) => {
      writeFileSync(
        join(folder, 'files/passing.mjs'),
        `import fs from 'node:fs'; fs.writeFileSync('${folder}/loaded', '');`,
      );
      const more = { tap: ['p', 'idx'], segment: ['p'] }[name] ?? [];
      const { code, stderr } = await soapstream(folder, [name, 'files/p.yaml', ...more, ...NONE]);
      expect(stderr).toContain('"./passing.mjs": is code, which a pipeline file alone cannot have loaded');
      expect(stderr).toContain('allow it by --operators files/passing.mjs, or in package.json');
      expect(code).toBe(2);
      expect(existsSync(join(folder, 'loaded'))).toBe(false);
    },
  );

  it('is loaded where the command line names it, its folder, or a link to it', async () => {
    symlinkSync(join(folder, 'files'), join(folder, 'link'));
    for (const allowed of ['files/passing.mjs', 'files', 'link/passing.mjs']) {
      expect(await soapstream(folder, ['run', 'files/p.yaml', '--operators', allowed])).toMatchObject({ code: 0 });
    }
  });

  it('is loaded where the package.json above the working directory names it, not where one beside the file does', async () => {
    const text = JSON.stringify({ soapstream: { operators: ['./files/passing.mjs', './passing.mjs'] } });
    writeFileSync(join(folder, 'files/package.json'), text);
    expect(await soapstream(folder, ['validate', 'files/p.yaml', ...NONE])).toMatchObject({ code: 2 });
    writeFileSync(join(folder, 'package.json'), text);
    expect(await soapstream(folder, ['validate', 'files/p.yaml', ...NONE])).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'package.json'), '{ "soapstream": { "operators": "all" } }');
    const { code, stderr } = await soapstream(folder, ['validate', 'files/p.yaml']);
    expect(stderr).toContain('package.json: expected "soapstream": { "operators": [paths of modules] }');
    expect(code).toBe(3);
  });

  it('is loaded by programs unless they give a list', async () => {
    const path = join(folder, 'files/p.yaml');
    expect((await loadPlan(path)).plan).toBeDefined();
    expect((await loadPlan(path, { operators: [] })).plan).toBeUndefined();
  });
});

describe('an output', () => {
  it('is below the output folder, that of the file or the working directory, unless the command line allows another', async () => {
    const elsewhere = temporaryFolder();
    const sinks = ['/x.parquet', '/deep/y.parquet'].map((path) => `{ parquet: { path: '${elsewhere}${path}' } }`);
    write(fileOf('imageToXyz', `    sinks: [${sinks.join(', ')}]`));
    for (const name of ['run', 'validate']) {
      const { code, stderr } = await soapstream(folder, [
        name,
        'files/p.yaml',
        '--allow-write',
        join(elsewhere, 'deep'),
      ]);
      expect(stderr).toContain(
        `parquet: expected an output below the output folder, that of the file or the working directory, got ${elsewhere}/x.parquet`,
      );
      expect(stderr).not.toContain('deep/y.parquet:');
      expect(code).toBe(2);
    }
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(await soapstream(folder, ['run', 'files/p.yaml', '--allow-write', elsewhere])).toMatchObject({ code: 0 });
    expect(readdirSync(elsewhere).toSorted()).toEqual(['deep', 'x.parquet']);
    write(fileOf('imageToXyz', '    sinks: [{ parquet: { path: ../../../x.parquet } }]'));
    expect(await soapstream(folder, ['validate', 'files/p.yaml'])).toMatchObject({ code: 2 });
  });
});

describe('a secret of the environment', () => {
  afterEach(() => void delete process.env['API_KEY']);

  const telling = (options: string): string =>
    `{ ${MODULES}telling.mjs: { key: '\${API_KEY}'${options} }, id: telling }`;
  const LETTERS =
    "    deadLetters: { arrow: { path: '${out}/dead.arrow' } }\n    onError: deadLetter\n    description: 'with ${API_KEY}'";

  /** Every file below a folder that has the secret, and what was printed. */
  function leaks({ stdout, stderr }: Ended): string[] {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => !name.startsWith('node_modules') && statSync(join(folder, name)).isFile());
    const found = files.filter((name) => readFileSync(join(folder, name)).includes(SECRET));
    return [...found, ...(stdout.includes(SECRET) ? ['stdout'] : []), ...(stderr.includes(SECRET) ? ['stderr'] : [])];
  }

  it.each([
    ['0', 'text'],
    ['1', 'json'],
  ])('is in nothing that a run leaves or says, with %s workers, as %s', async (workers, format) => {
    process.env['API_KEY'] = SECRET;
    const args = ['run', 'files/p.yaml', '--workers', workers, '--log-format', format, '--lineage', 'lineage.jsonl'];
    write(
      fileOf(telling(', at: [3, 7]'), `${SINK}\n${LETTERS}`).replace(
        'pipelines:',
        'variables: { API_KEY: null }\npipelines:',
      ),
    );
    const lettered = await soapstream(folder, args);
    expect(lettered).toMatchObject({ code: 0 });
    expect(leaks(lettered)).toEqual([]);
    expect(readFileSync(join(folder, 'out/dead.arrow')).includes('401 for the key ${API_KEY}')).toBe(true);
    expect(readFileSync(join(folder, 'out/runs/p.json'), 'utf8')).toMatch(
      /"key": "\$\{API_KEY\} \(sha256 [0-9a-f]{8}\)"/,
    );
    expect(leaks(await soapstream(folder, ['report', 'out']))).toEqual([]);

    write(fileOf(telling(', at: [3]'), SINK));
    const failed = await soapstream(folder, args);
    expect(failed.stderr).toContain('401 for the key ${API_KEY}');
    expect(leaks(failed)).toEqual([]);

    write(fileOf(telling(", size: '${API_KEY}'"), SINK));
    const refused = await soapstream(folder, args);
    expect(refused).toMatchObject({ code: 2 });
    expect(leaks(refused)).toEqual([]);
  });

  it('that changes is noticed all the same', async () => {
    process.env['API_KEY'] = SECRET;
    write(fileOf(telling(''), SINK));
    await soapstream(folder, ['run', 'files/p.yaml']);
    expect((await soapstream(folder, ['run', 'files/p.yaml'])).stdout.toString()).toContain('p: unchanged since');
    process.env['API_KEY'] = 'another one';
    const { stdout } = await soapstream(folder, ['run', 'files/p.yaml', '--dry-run']);
    expect(stdout.toString()).toContain('its definition has changed');
  });
});
