import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { typeName } from '#dist/arrow/typeName.js';
import { loadPlan, type LoadedPlan, planOf } from '#dist/pipelines/loadPlan.js';
import { temporaryFolder } from '../support/smallMnist.js';

const IDX = 'source: { idx: { images: images, labels: labels } }';

/** The errors and warnings of a file that lies in an empty folder, as `line:column message`. */
async function problems(text: string, folder = temporaryFolder()): Promise<string[]> {
  const { diagnostics } = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out') });
  return diagnostics.sorted().map(({ location, message }) => {
    const where = 'argument' in location ? location.argument : `${location.line}:${location.column}`;
    return `${where} ${message}`;
  });
}

async function sound(text: string, folder = temporaryFolder()): Promise<NonNullable<LoadedPlan['plan']>> {
  const { plan, diagnostics } = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out') });
  expect(diagnostics.sorted()).toEqual([]);
  return plan!;
}

describe('loadPlan', () => {
  it('carries Arrow schemas along the graph without touching data', async () => {
    const plan = await sound(`
pipelines:
  a:
    ${IDX}
    steps: [decodeMnist, imageToXyz, { soap: { rCut: 20, nMax: 4, lMax: 3, sigma: 2 } }]
    sinks: [{ parquet: { path: '\${out}/a' } }]
  b:
    source: { parquet: { path: '\${out}/a', columns: [label, soap] } }
    steps: [{ robustRescale: { fit: s } }, { compress: { fit: c, components: 7 } }]
    sinks: [{ arrow: { path: '\${out}/b.arrow' } }]
`);
    const columns = (pipeline: string): string[][] =>
      [plan.pipelines.get(pipeline)!.source, ...plan.pipelines.get(pipeline)!.steps].map(({ output }) =>
        output!.fields.map(({ name, type }) => `${name}: ${typeName(type)}`),
      );
    expect(columns('a').at(-1)).toEqual([
      'image: uint32',
      'label: uint8',
      'center: uint32',
      'position: fixed_size_list<float64, 3>',
      'nCenters: uint32',
      'soap: fixed_size_list<float32, 40>',
    ]);
    expect(columns('b')).toEqual([
      ['label: uint8', 'soap: fixed_size_list<float32, 40>'],
      ['label: uint8', 'soap: fixed_size_list<float32, 40>'],
      ['label: uint8', 'code: fixed_size_list<float32, 7>'],
    ]);
  });

  it('knows the columns of images and of what they come to, and whether a model fits them', async () => {
    const plan = await sound(`
pipelines:
  pooled:
    ${IDX}
    steps:
      - decodeMnist
      - filter: { column: label, values: [3, 8] }
      - transformImage: { rotate: random }
      - imageToXyz
      - soap: { rCut: 20, nMax: 4, lMax: 3, sigma: 2 }
      - poolImages: { statistics: [mean, median, maximum] }
      - robustRescale: { fit: s, features: pooled }
      - classify: { fit: byPooled, features: pooled }
  images:
    ${IDX}
    steps:
      - decodeMnist
      - imageToXyz: { sigmaDisturbance: 1 }
      - xyzToImage
      - flattenPixels
      - classify: { fit: byPixels, features: intensities }
      - classifyImages
  correlated:
    ${IDX}
    steps: [decodeMnist, flattenPixels, { correlate: { features: intensities } }]
    sinks: [{ arrow: { path: '\${out}/correlated.arrow' } }]
`);
    const columns = (pipeline: string): string[] =>
      plan.pipelines.get(pipeline)!.steps.map(({ output }) => {
        const { name, type } = output!.fields.at(-1)!;
        return `${output!.fields.length} columns, ${name}: ${typeName(type)}`;
      });
    expect(columns('pooled')).toEqual([
      '3 columns, pixels: fixed_size_list<fixed_size_list<uint8, 28>, 28>',
      '3 columns, pixels: fixed_size_list<fixed_size_list<uint8, 28>, 28>',
      '3 columns, pixels: fixed_size_list<fixed_size_list<uint8, 28>, 28>',
      '3 columns, points: list<fixed_size_list<float64, 3>>',
      '6 columns, soap: fixed_size_list<float32, 40>',
      '4 columns, pooled: fixed_size_list<float32, 120>',
      '4 columns, pooled: fixed_size_list<float32, 120>',
      '6 columns, probabilities: fixed_size_list<float32, 10>',
    ]);
    expect(columns('images')).toEqual([
      '3 columns, pixels: fixed_size_list<fixed_size_list<uint8, 28>, 28>',
      '3 columns, points: list<fixed_size_list<float64, 3>>',
      '3 columns, pixels: fixed_size_list<fixed_size_list<uint8, 28>, 28>',
      '3 columns, intensities: fixed_size_list<float32, 784>',
      '5 columns, probabilities: fixed_size_list<float32, 10>',
      '5 columns, probabilities: fixed_size_list<float32, 10>',
    ]);
    expect(columns('correlated').at(-1)).toBe('2 columns, correlation: fixed_size_list<float64, 784>');
  });

  it('tells features that were pooled otherwise from those of the fit', async () => {
    const steps = (statistic: string, model: string): string => `
    ${IDX}
    steps:
      - decodeMnist
      - imageToXyz
      - soap: { rCut: 20, nMax: 4, lMax: 3, sigma: 2 }
      - poolImages: { statistics: [${statistic}] }
      - robustRescale: ${model}`;
    const text = `pipelines:
  train:${steps('mean', '{ fit: scaler, features: pooled }')}
  test:${steps('median', '{ apply: scaler }')}
`;
    const [only, ...others] = await problems(text);
    expect(others).toEqual([]);
    expect(only).toContain(
      'column pooled: robustRescale was fitted on features with pooled = mean, this stream has pooled = median',
    );
  });

  it('orders pipelines after those whose files or artifacts they read', async () => {
    const plan = await sound(`
pipelines:
  last:
    source: { parquet: { path: '\${out}/b' } }
    steps: [{ robustRescale: { apply: s } }]
  middle:
    source: { parquet: { path: '\${out}/a' } }
    steps: [{ robustRescale: { fit: s } }]
    sinks: []
  beside:
    source: { parquet: { path: '\${out}/a' } }
    sinks: [{ parquet: { path: '\${out}/b' } }]
  first:
    ${IDX}
    steps: [decodeMnist, imageToXyz, { soap: { rCut: 20, nMax: 4, lMax: 3, sigma: 2 } }]
    sinks: [{ parquet: { path: '\${out}/a' } }]
`);
    expect(plan.order).toEqual(['first', 'beside', 'middle', 'last']);
    expect(plan.pipelines.get('last')!.dependsOn).toEqual(['beside', 'middle']);
  });

  it('names both ends of a schema mismatch', async () => {
    const [only, ...others] = await problems(`
pipelines:
  a:
    ${IDX}
    steps:
      - decodeMnist
      - soap: { rCut: 20, nMax: 4, lMax: 3, sigma: 2 }
`);
    expect(others).toEqual([]);
    expect(only).toMatch(
      /^7:9 soap: column points: expected list<fixed_size_list<float64, 3>>, but the stream has only image, label, pixels \(what arrives leaves decodeMnist, .*p\.yaml:6:9\)$/,
    );
  });

  it('finds features that were made with other parameters than those of the fit', async () => {
    const text = `
pipelines:
  train:
    ${IDX}
    steps:
      - decodeMnist
      - imageToXyz
      - soap: { rCut: 20, nMax: 4, lMax: 3, sigma: 2 }
      - robustRescale: { fit: scaler }
  test:
    ${IDX}
    steps:
      - decodeMnist
      - imageToXyz
      - soap: { rCut: 25, nMax: 4, lMax: 3, sigma: 2 }
      - robustRescale: { apply: scaler }
`;
    const [only, ...others] = await problems(text);
    expect(others).toEqual([]);
    expect(only).toContain(
      '16:9 robustRescale: column soap: robustRescale was fitted on features with rCut = 20, this stream has rCut = 25',
    );
  });

  it('tells everything that is wrong at once, each at its place', async () => {
    const found = await problems(`
pipelines:
  a:
    source: { idxx: {} }
    steps:
      - decodeMnist: { batchRow: 3 }
      - imageToXYZ
      - soap: { rCut: -1, nMax: 4, lMax: 3, sigma: 2 }
      - robustRescale: { fit: x, apply: y }
      - compress: {}
    sinks: [{ parquett: { path: a } }]
`);
    expect(found.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      '4:15 unknown',
      '6:24 decodeMnist.batchRow:',
      '7:9 unknown',
      '8:23 soap.rCut:',
      '9:9 robustRescale:',
      '10:9 compress:',
      '11:15 unknown',
    ]);
  });

  it('locates an option that contradicts another at the option', async () => {
    expect(
      await problems(`
pipelines:
  a:
    ${IDX}
    steps: [decodeMnist, imageToXyz, { soap: { rCut: 2, rMin: 3, nMax: 4, lMax: 3, sigma: 2 } }]
`),
    ).toEqual(['5:54 soap.rCut: expected a number > rMin = 3 (input units), got 2']);
  });

  it('refuses two writers of one output, two fits of one artifact, and cycles', async () => {
    expect(
      await problems(`
pipelines:
  a:
    source: { parquet: { path: b } }
    sinks: [{ parquet: { path: a } }]
  b:
    source: { parquet: { path: a } }
    steps: [{ robustRescale: { fit: s } }, { robustRescale: { fit: s }, id: again }]
    sinks: [{ parquet: { path: b } }, { arrow: { path: a } }]
`),
    ).toEqual([
      expect.stringMatching(/^3:3 a: pipelines wait for each other: a → b → a$/),
      expect.stringMatching(/^8:61 robustRescale: the artifact s is already made by this pipeline$/),
      expect.stringMatching(/^9:48 arrow: the output .*\/a is already made by a$/),
    ]);
  });

  it('knows one place by all its names, and refuses outputs that lie within each other or replace an input', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'scratch'));
    symlinkSync('scratch', join(folder, 'link'));
    const found = await problems(
      `
pipelines:
  a:
    source: { parquet: { path: scratch/in.parquet } }
    sinks: [{ parquet: { path: scratch/b } }, { parquet: { path: ./link/../link/b } }, { arrow: { path: link/b/c.arrow } }]
  d:
    source: { parquet: { path: link/in.parquet } }
    sinks: [{ parquet: { path: scratch/in.parquet } }, { arrow: { path: '-' } }, { arrow: { path: '-' } }]
`,
      folder,
    );
    expect(found.filter((each) => !each.includes('not checked before the run'))).toEqual([
      expect.stringMatching(/^5:\d+ parquet: the output .*\/link\/b is already made by this pipeline$/),
      expect.stringMatching(
        /^5:\d+ arrow: the output .*c\.arrow and .*\/scratch\/b, made by this pipeline, lie within each other$/,
      ),
      expect.stringMatching(
        /^8:\d+ parquet: the output .*in\.parquet would replace what this pipeline reads, .*\/link\/in\.parquet$/,
      ),
      expect.stringMatching(/^8:\d+ arrow: standard output is already written by this pipeline$/),
    ]);
  });

  it('refuses artifact names that are paths, and labels that nobody reads', async () => {
    expect(
      await problems(`
pipelines:
  a:
    source: { idx: { images: images } }
    steps: [decodeMnist]
  b:
    ${IDX}
    steps: [{ robustRescale: { fit: ../up } }]
`),
    ).toEqual([
      '5:13 decodeMnist.labels: the source reads no labels file: give it one, or set labels: false',
      '8:37 robustRescale.fit: expected a name of letters, digits, _ and -, a letter first, got "../up"',
    ]);
  });

  it('names an artifact that nobody fits', async () => {
    const [only] = await problems(`
pipelines:
  a:
    ${IDX}
    steps: [decodeMnist, imageToXyz, { soap: { rCut: 20, nMax: 4, lMax: 3, sigma: 2 } }, { robustRescale: { apply: scaler } }]
`);
    expect(only).toMatch(
      /^5:116 robustRescale: no pipeline here fits the artifact scaler, and there is none in .*artifacts$/,
    );
  });

  it('warns where a file is not there yet, and leaves its columns to the run', async () => {
    const folder = temporaryFolder();
    const { plan, diagnostics } = await planOf(
      'pipelines: { a: { source: { parquet: { path: later } }, steps: [decodeMnist] } }',
      join(folder, 'p.yaml'),
    );
    expect(plan!.pipelines.get('a')!.steps[0]!.output).toBeUndefined();
    expect(diagnostics.sorted().map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      `warning source: the columns are not checked before the run: ${join(folder, 'later')}: no such file`,
    ]);
  });

  it('loads own operators by the path of their module, and tells when it cannot', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'own.mjs'),
      `export default { name: 'own', summary: 's', example: 'e', options: (await import(${JSON.stringify(import.meta.resolve('zod'))})).z.strictObject({}),
        reads: () => [], outputSchema: (input) => input, create: () => (source) => source };`,
    );
    writeFileSync(join(folder, 'empty.mjs'), 'export const nothing = 1;');
    const file = (module: string): string => `pipelines: { a: { ${IDX}, steps: [${module}] } }`;
    await sound(file('./own.mjs'), folder);
    expect(await problems(file('./empty.mjs'), folder)).toEqual([
      expect.stringContaining(
        'expected an operator definition as the default export (name, summary, example, options, reads, outputSchema, create)',
      ),
    ]);
    expect(await problems(file('./absent.mjs'), folder)).toEqual([
      expect.stringContaining('absent.mjs: cannot be loaded: Cannot find module'),
    ]);
  });

  it('has one fingerprint for one configuration, wherever it writes', async () => {
    const text = `
variables: { rCut: 20 }
pipelines:
  a:
    ${IDX}
    steps: [decodeMnist, imageToXyz, { soap: { rCut: '\${rCut}', nMax: 4, lMax: 3, sigma: 2 } }]
    sinks: [{ parquet: { path: '\${out}/a' } }]
`;
    const fingerprint = async (outDirectory: string, settings: string[] = []): Promise<string> =>
      (await planOf(text, 'p.yaml', { outDirectory, settings })).plan!.fingerprint;
    expect(await fingerprint('one')).toBe(await fingerprint('another'));
    expect(await fingerprint('one', ['rCut=21'])).not.toBe(await fingerprint('one'));
  });

  it('throws when the file is not there', async () => {
    await expect(loadPlan('nowhere.yaml')).rejects.toThrow(/^nowhere\.yaml: the pipeline file cannot be read: ENOENT/);
  });
});
