import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { beforeEach, describe, expect, it } from 'vitest';
import { MEASURE, rowsOf } from '../sweeps/support.js';
import { soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const PIPELINES = `
pipelines:
  describe:
    source: { idx: { images: images, labels: labels } }
    steps:
      - decodeMnist: { batchRows: 4 }
      - imageToXyz
      - soap: { rCut: 20, nMax: 4, lMax: 2, sigma: 2 }
    sinks: [{ parquet: { path: '\${out}/descriptors.parquet' } }]
  train:
    source: { parquet: { path: '\${out}/descriptors.parquet' } }
    steps:
      - robustRescale: { fit: scaler }
      - compress: { fit: pca, components: 2 }
    sinks: [{ parquet: { path: '\${out}/codes.parquet' } }]
    metrics: { parquet: { path: '\${out}/metrics.parquet' } }
  again:
    source: { parquet: { path: '\${out}/descriptors.parquet' } }
    steps:
      - ${MEASURE}: { fit: it, x: 1 }
        id: measure
      - ${MEASURE}: { apply: it }
        id: twice
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 20);
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
});

const tap = (...args: string[]) => soapstream(folder, ['tap', 'pipelines.yaml', ...args]);
const written = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
const leftInTemporary = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('soapstream-tap-'));

type Row = Record<string, unknown>;
const linesOf = (stdout: Buffer): Row[] =>
  stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

describe('soapstream tap', () => {
  it('passes over rows that become dead letters in a run, and writes none', async () => {
    const frame = (species: string): string => `2\n\nH 0 0 0\n${species} 0 0 1\n`;
    writeFileSync(join(folder, 'm.xyz'), `${frame('O')}${frame('Xx')}2\n\nH 0 zero 0\nO 0 0 1\n${frame('O')}`);
    const text = `pipelines:
  letters:
    onError: deadLetter
    source: { xyz: { path: m.xyz } }
    steps: [{ soap: { rCut: 3, nMax: 2, lMax: 1, sigma: 0.5, species: [H, O], average: outer } }]
    sinks: [{ parquet: { path: '\${out}/rows.parquet' } }]
    deadLetters: { parquet: { path: '\${out}/letters.parquet' } }
`;
    writeFileSync(join(folder, 'pipelines.yaml'), text);
    const before = written();
    const { code, stdout, stderr } = await tap('letters', 'soap', '--rows', '5', '--format', 'json');
    expect(stderr).toBe('');
    expect(linesOf(stdout).map(({ image }) => image)).toEqual([0, 2]); // a damaged frame has no number
    expect(code).toBe(0);
    expect([written(), leftInTemporary()]).toEqual([before, []]);
  });

  it('prints the columns and the first rows that leave a step, and writes nothing', async () => {
    const before = written();
    const { code, stdout, stderr } = await tap('describe', 'decodeMnist', '--rows', '2');
    expect(stdout.toString()).toMatch(
      /^column +type +metadata\nimage +uint32\nlabel +uint8\npixels .*\n\nimage +label +pixels\n0 +7 +\[\[.*…\n1 +2 +\[\[.*…\n$/,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(written()).toEqual(before);
  });

  it('prints ten rows by default, and all where there are fewer', async () => {
    expect(linesOf((await tap('describe', 'decodeMnist', '--format', 'json')).stdout)).toHaveLength(10);
    const all = linesOf((await tap('describe', 'decodeMnist', '--format', 'json', '--rows', '100')).stdout);
    expect(all.map(({ image }) => image)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('prints what leaves the source', async () => {
    const { stdout } = await tap('describe', 'idx', '--rows', '1', '--format', 'json');
    expect(linesOf(stdout)).toMatchObject([
      {
        role: 'labels',
        data: [0, 0, 8, 1, 0, 0, 0, 20, ...Array.from({ length: 20 }, () => expect.any(Number) as number)],
      },
    ]);
  });

  it('gives the rows that a run would have written, as JSON and as an Arrow stream', async () => {
    const json = linesOf((await tap('describe', 'soap', '--rows', '7', '--format', 'json')).stdout);
    const arrow = tableFromIPC((await tap('describe', 'soap', '--rows', '7', '--format', 'arrow')).stdout);
    await soapstream(folder, ['run']);
    const rows = (await rowsOf(join(folder, 'out/descriptors.parquet'))).slice(0, 7);
    const values = (each: Row[]): unknown[] => each.map(({ center, soap }) => [center, ...(soap as Iterable<number>)]);
    expect(values(json)).toEqual(values(rows));
    expect(values(arrow.toArray() as Row[])).toEqual(values(rows));
  });

  it('reads no further than it has to: damage behind is not met', async () => {
    writeFileSync(join(folder, 'images'), readFileSync(join(folder, 'images')).subarray(0, 16 + 9 * 784 + 5));
    expect((await tap('describe', 'decodeMnist', '--rows', '8')).code).toBe(0);
    const { code, stderr } = await tap('describe', 'decodeMnist', '--rows', '10');
    expect(stderr).toMatch(/^soapstream: describe › decodeMnist: images \(images\): expected 15680 bytes .*cut off\n$/);
    expect(code).toBe(3);
  });

  it('fits what it has to on the way, beside the outputs, and leaves nothing of it', async () => {
    await soapstream(folder, ['run', 'describe']);
    const before = written();
    const temporary = leftInTemporary();
    const { code, stdout } = await tap('train', 'compress', '--rows', '3', '--format', 'json');
    expect(code).toBe(0);
    expect(written()).toEqual(before);
    expect(leftInTemporary()).toEqual(temporary);
    await soapstream(folder, ['run', 'train']);
    const rows = (await rowsOf(join(folder, 'out/codes.parquet'))).slice(0, 3);
    expect(linesOf(stdout).map(({ code: values }) => values)).toEqual(
      rows.map(({ code: values }) => Array.from(values as Iterable<number>)),
    );
  });

  it('applies what the same pipeline has fitted before', async () => {
    await soapstream(folder, ['run', 'describe']);
    const { code, stdout, stderr } = await tap('again', 'twice', '--rows', '2', '--format', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(linesOf(stdout)).toHaveLength(2);
  });

  it('says that no rows have left a step', async () => {
    writeFileSync(
      join(folder, 'pipelines.yaml'),
      PIPELINES.replace('- imageToXyz', '- filter: { column: image, from: 100, to: 200 }\n      - imageToXyz'),
    );
    const { stdout } = await tap('describe', 'filter');
    expect(stdout.toString()).toMatch(/\n\nno rows\n$/);
  });

  it('says what is wrong in one line', async () => {
    const cases: [string[], number, string][] = [
      [
        ['describe', 'sap'],
        2,
        'there is no step sap in describe, only decodeMnist, imageToXyz, soap; did you mean soap?',
      ],
      [
        ['descrbe', 'soap'],
        2,
        'there is no pipeline descrbe in pipelines.yaml, only describe, train, again; did you mean describe?',
      ],
      [['describe', 'soap', '--rows', '0'], 2, '--rows: expected a whole number ≥ 1, got "0"'],
      [
        ['train', 'compress'],
        3,
        `train: reads ${join(folder, 'out/descriptors.parquet')}, which describe makes: run describe first, or together: soapstream run pipelines.yaml describe train`,
      ],
    ];
    for (const [args, expected, message] of cases) {
      const { code, stderr } = await tap(...args);
      expect({ code, stderr }).toEqual({ code: expected, stderr: `soapstream: ${message}\n` });
    }
  });

  it('takes a reader that leaves early for no failure', () => {
    const command = `"${process.execPath}" "${new URL('../../dist/cli.js', import.meta.url).pathname}" tap pipelines.yaml --operators "${MEASURE}" describe soap --rows 1000 --format json | head -n 1 | wc -l`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: '1', stderr: '' });
  });
});
