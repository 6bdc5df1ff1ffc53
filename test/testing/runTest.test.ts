import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrowSink } from '#dist/io/arrowSink.js';
import { writeBatches } from '#dist/io/open.js';
import { batchOfRows } from '#dist/arrow/rowsBatch.js';
import { Diagnostics } from '#dist/config/diagnostics.js';
import { checkTests, runTest } from '#dist/testing/runTest.js';
import { temporaryFolder } from '../support/smallMnist.js';
import { outcomeOf, planWithTest, PIPELINES, told } from './support.js';

const FILTERED = `pipeline: describe
from: filter
input:
  - { image: 0, soap: [1, 2] }
  - { image: 1, soap: [3, 4] }
  - { image: 2, soap: [5, 6] }
`;

const problemsOf = async (body: string, pipelines?: string): Promise<string[]> =>
  told((await outcomeOf(body, pipelines)).problems);

describe('a test of a pipeline', () => {
  it('passes where rows, count, bounds and columns are as expected', async () => {
    const expected = `expect:
  rows: [{ image: 1, soap: [3, 4] }, { soap: [5.000001, 6] }]
  count: 2
  columns: { soap: { min: 3, max: 6 }, image: { min: 1 } }
`;
    const { problems, found } = await outcomeOf(FILTERED + expected);
    expect(told(problems)).toEqual([]);
    expect(found!.rows).toEqual([
      { image: 1, soap: [3, 4] },
      { image: 2, soap: [5, 6] },
    ]);
  });

  it('tells each difference with row and column, expected and found, at its place', async () => {
    const expected = `expect:
  rows:
    - { image: 3, soap: [3, 4.5] }
    - { image: 2, soap: [5] }
`;
    expect(await problemsOf(FILTERED + expected)).toEqual([
      'p.yaml:23:20 t: row 0, image: expected 3, found 1',
      'p.yaml:23:33 t: row 0, soap[1]: expected 4.5, found 4, 0.5 off',
      'p.yaml:24:29 t: row 1, soap: expected [5], found [5,6]',
    ]);
  });

  it('tells rows that are too many or missing', async () => {
    expect(await problemsOf(`${FILTERED}expect: { rows: [{ image: 1 }] }\n`)).toEqual([
      'p.yaml:21:15 t: expected 1 rows, found 2',
    ]);
    expect(await problemsOf(`${FILTERED}expect: { rows: [{ image: 1 }, { image: 2 }, { image: 3 }] }\n`)).toEqual([
      'p.yaml:21:15 t: expected 3 rows, found 2',
    ]);
    expect(await problemsOf(`${FILTERED}expect: { rows: [], count: 3 }\n`)).toEqual([
      'p.yaml:21:15 t: expected 0 rows, found 2',
      'p.yaml:21:32 t: expected 3 rows, found 2',
    ]);
  });

  it.each([
    ['columns: { soap: { max: 4.5 } }', 't: row 1, soap[0]: expected at most 4.5, found 5'],
    ['columns: { soap: { min: 3.5 } }', 't: row 0, soap[0]: expected at least 3.5, found 3'],
    ['columns: { sop: { min: 3 } }', 't: there is no column sop, expected image or soap\ndid you mean soap?'],
    [
      'rows: [{ images: 1 }, { image: 2 }]',
      't: there is no column images, expected image or soap\ndid you mean image?',
    ],
    ['checksum: other', 't: expected the checksum other, found 2103313b6ca1cc3c'],
    ['metrics: { filter.accuracy: 1 }', 't: there is no metric filter.accuracy'],
  ])('tells of %s', async (expected, message) => {
    const [problem] = await problemsOf(`${FILTERED}expect: { ${expected} }\n`);
    expect(problem!.replace(/^p\.yaml:21:\d+ /, '')).toBe(message);
  });

  it('fails where nothing is expected', async () => {
    expect(await problemsOf(FILTERED)).toEqual([
      'p.yaml:14:3 t: nothing is expected: say what, or let --update write the rows that came out',
    ]);
  });

  it('compares integers exactly, real numbers within its tolerance, relative beyond 1', async () => {
    const rows = `pipeline: describe
from: filter
input: [{ image: 4000000000, soap: [1000000, 0.001] }]
`;
    const within = 'expect: { rows: [{ soap: [1000100, 0.0011] }] }\ntolerance: 0.001\n';
    expect(await problemsOf(rows + within)).toEqual([]);
    const image = 'expect: { rows: [{ image: 4000000001 }] }\ntolerance: 0.001\n';
    expect(await problemsOf(rows + image)).toEqual([
      'p.yaml:18:31 t: row 0, image: expected 4000000001, found 4000000000',
    ]);
  });

  it('applies what pipelines have fitted on rows of the test, in a folder that is gone afterwards', async () => {
    const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('soapstream-test-'));
    const before = folders();
    const body = `pipeline: describe
from: robustRescale
to: robustRescale
fit:
  train: [{ soap: [1, 5] }, { soap: [2, 5] }, { soap: [3, 5] }, { soap: [4, 5] }, { soap: [100, 5] }]
input: [{ soap: [6, 6] }]
expect: { rows: [{ soap: [1.5, 1] }] }
`;
    expect(await problemsOf(body)).toEqual([]);
    expect(folders()).toEqual(before);
    expect(existsSync('/nowhere')).toBe(false);
  });

  it('needs the artifact of an apply', async () => {
    const body = 'pipeline: describe\nfrom: robustRescale\ninput: [{ soap: [6, 6] }]\nexpect: { count: 1 }\n';
    expect(await problemsOf(body)).toEqual([
      'p.yaml:14:3 t: describe › robustRescale: there is no artifact scaler in /nowhere/artifacts: fit it here, by the key fit with rows for train',
    ]);
  });

  it('sets variables and options for itself alone', async () => {
    const body = `pipeline: describe
from: filter
set: { describe.filter.from: 2 }
input: [{ image: 1 }, { image: 2 }]
expect: { rows: [{ image: 2 }] }
`;
    expect(await problemsOf(body)).toEqual([]);
    const [unknown] = await problemsOf(body.replace('describe.filter.from', 'rcut'));
    expect(unknown).toBe(
      'p.yaml:17:18 unknown variable rcut, the file declares seed, rCut (in the test t)\ndid you mean rCut?',
    );
  });

  it('reads a small file', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'few.arrow');
    await writeBatches(arrowSink, { path }, [batchOfRows([{ image: 0 }, { image: 5 }])]);
    const body = `pipeline: describe
from: filter
input: { arrow: { path: ${path} } }
expect: { rows: [{ image: 5 }] }
`;
    expect(await problemsOf(body)).toEqual([]);
  });

  it('tells why its steps could not be run, and which cell has no place in its column', async () => {
    const body = 'pipeline: describe\nfrom: filter\ninput: [{ label: 1 }]\nexpect: { count: 1 }\n';
    expect((await problemsOf(body))[0]).toMatch(
      /^p\.yaml:14:3 t: describe › filter: .*column image: expected integer, but the stream has only label/,
    );
    const cell = body.replace('{ label: 1 }', '{ label: 1 }, { label: 256 }');
    const message = 'p.yaml:17:36 t: row 1, label: expected a value of the type uint8, got 256';
    expect(await problemsOf(cell)).toEqual([message]);
    const { plan } = await planWithTest(cell);
    const checked = new Diagnostics();
    await checkTests(plan, checked);
    expect(told(checked)).toEqual([message]);
  });

  it.each([
    [
      'pipeline: descrbe\ninput: [{ image: 1 }]',
      '15:15 tests.t.pipeline: there is no pipeline descrbe, expected train or describe\ndid you mean describe?',
    ],
    ['pipeline: describe', '14:3 t.input: missing, expected'],
    [
      'pipeline: describe\ninput: []',
      '16:12 t.input: expected a list of at least 1 item (mappings) or a mapping, got an empty list',
    ],
    ['pipeline: describe\ninput: [1]', '16:13 t.input[0]: expected a mapping, got 1'],
    [
      'pipeline: describe\ninput: { arow: { path: x } }',
      '16:14 unknown source arow, expected idx, xyz, ply, parquet or arrow\ndid you mean arrow?',
    ],
    [
      'pipeline: describe\nfrom: sop\ninput: [{ image: 1 }]',
      '16:11 tests.t.from: pipeline describe has no step sop, expected soap, robustRescale or filter\ndid you mean soap?',
    ],
    [
      'pipeline: describe\nfrom: filter\nto: soap\ninput: [{ image: 1 }]',
      '16:11 tests.t.from: expected a step before soap, but filter comes after it',
    ],
    [
      'pipeline: describe\nfit: { trian: [{ soap: [1] }] }\ninput: [{ image: 1 }]',
      '16:12 tests.t.fit.trian: there is no pipeline trian, expected train or describe\ndid you mean train?',
    ],
    [
      'pipeline: describe\ninput: [{ image: 1 }]\nexpect: { cout: 1 }',
      '17:15 t.expect.cout: unknown option, expected rows, count, columns, checksum, metrics or deadLetters\ndid you mean count?',
    ],
    [
      'pipeline: describe\ninput: [{ image: 1 }]\nexpect: { columns: { image: {} } }',
      '17:33 t.expect.columns.image: expected min or max',
    ],
  ])('is checked with the file: %j', async (body, message) => {
    await expect(planWithTest(`${body}\n`)).rejects.toThrow(`p.yaml:${message}`);
  });

  it('stops when it is told to', async () => {
    const { plan } = await planWithTest(`${FILTERED}expect: { count: 2 }\n`);
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(runTest(plan, plan.tests.get('t')!, stop)).rejects.toThrow('enough');
  });

  it('leaves the pipelines out that it has nothing to do with', async () => {
    const narrow = `${PIPELINES}  narrow:
    source: { arrow: { path: none.arrow } }
    steps: [{ filter: { column: image, from: 3, to: '\${rCut}' } }]
`;
    const body = `${FILTERED}set: { rCut: 2 }\nexpect: { count: 2 }\n`;
    expect(await problemsOf(body, narrow)).toEqual([]);
  });
});

describe('a test of a pipeline with dead letters', () => {
  const LETTERED = `pipelines:
  describe:
    source: { xyz: { path: none.xyz } }
    steps: [{ soap: { rCut: 4, nMax: 1, lMax: 1, sigma: 0.5, species: [H] } }]
    sinks: [{ arrow: { path: '\${out}/rows.arrow' } }]
    onError: deadLetter
    deadLetters: { arrow: { path: '\${out}/dead.arrow' } }
`;
  const cloud = (image: number, species: string): string =>
    `  - { image: ${image}, points: [[0, 0, 0]], species: [${species}] }\n`;
  const INPUT = `pipeline: describe\ninput:\n${cloud(0, 'H')}${cloud(1, 'Xx')}${cloud(2, 'H')}`;
  const of = (expected: string): Promise<string[]> => problemsOf(`${INPUT}expect: { ${expected} }\n`, LETTERED);

  it('holds them to what is expected: how many, or each by its columns', async () => {
    expect(await of('count: 2, deadLetters: 1')).toEqual([]);
    expect(await of('deadLetters: [{ step: soap, image: 1, row: 1, code: badData }]')).toEqual([]);
    expect(await of('deadLetters: 3')).toEqual([
      expect.stringMatching(/t: expected 3 dead letters, found 1; the first: soap, row 1: /) as string,
    ]);
    expect(await of('deadLetters: [{ step: soap, image: 2, colour: red }]')).toEqual([
      expect.stringMatching(/t: row 0, image: expected 2, found 1$/) as string,
      expect.stringMatching(/t: there is no column colour/) as string,
    ]);
  });

  it('fails where rows fail and none is expected to', async () => {
    expect(await of('count: 2')).toEqual([
      expect.stringMatching(/t: expected 0 dead letters, found 1; the first: soap, row 1: /) as string,
    ]);
  });
});
