import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Field } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import {
  bytesSchema,
  cellField,
  centerField,
  centerPositionsField,
  centersField,
  derivativesField,
  componentField,
  deadLettersSchema,
  featureField,
  imageField,
  imagesSchema,
  labelField,
  metricsSchema,
  nCentersField,
  nRowsField,
  pbcField,
  pointsField,
  fileField,
  frameField,
  positionField,
  predictedField,
  probabilitiesField,
  speciesField,
} from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import { pipelineFileSchema } from '#dist/config/jsonSchema.js';
import { renderDiagnostics } from '#dist/config/renderDiagnostics.js';
import { components } from '#dist/pipelines/components.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { runTest } from '#dist/testing/runTest.js';
import { checkSweeps } from '#dist/sweeps/checkSweeps.js';
import { runSweep } from '#dist/sweeps/runSweep.js';
import { markdownReference } from '../scripts/support/markdownReference.mjs';
import { workedExamples } from '../scripts/support/workedExamples.mjs';
import { temporaryFolder } from './support/smallMnist.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the documentation', () => {
  it('has a reference, examples included, and an editor schema as the definitions give them (npm run docs)', async () => {
    expect(read('docs/operators.md')).toBe(markdownReference(components, await workedExamples()));
    expect(JSON.parse(read('docs/pipelines.schema.json'))).toEqual(
      JSON.parse(JSON.stringify(pipelineFileSchema(components))),
    );
  });

  it('ships pipeline files that are valid', async () => {
    const examples = ['onlyDigit', 'molecules', 'crystals', 'scan', 'rotated', 'sweep'].map(
      (name) => `examples/${name}.yaml`,
    );
    for (const file of ['pipelines.yaml', 'experiments.yaml', ...examples]) {
      const { plan, diagnostics } = await checkSweeps(await planOf(read(file), `${ROOT}/${file}`));
      expect(diagnostics.sorted(), file).toEqual([]);
      expect(plan, file).toBeDefined();
    }
  });

  it('has examples of every component that are valid as they stand', async () => {
    for (const operator of components.operators) {
      const text = `pipelines:\n  a:\n    source: { parquet: { path: a } }\n    steps:\n${indented(operator.example, 6)}\n`;
      const { diagnostics } = await planOf(text, `${ROOT}/a.yaml`);
      expect(errorsOf(diagnostics.sorted()), operator.name).toEqual([]);
    }
    for (const source of components.sources) {
      const { diagnostics } = await planOf(`pipelines:\n  a:\n${indented(source.example, 4)}\n`, `${ROOT}/a.yaml`);
      expect(errorsOf(diagnostics.sorted()), source.name).toEqual([]);
    }
    for (const sink of components.sinks) {
      const text = `pipelines:\n  a:\n    source: { parquet: { path: a } }\n${indented(sink.example, 4)}\n`;
      const { diagnostics } = await planOf(text, `${ROOT}/a.yaml`);
      expect(errorsOf(diagnostics.sorted()), sink.name).toEqual([]);
    }
  });
});

describe('docs/data-model.md', () => {
  it('names columns and types as they are', () => {
    const documented = [...read('docs/data-model.md').matchAll(/^\| `(\w+)` *\| (\S[^|]*?) *\|/gm)].map(
      (match) => `${match[1]}: ${match[2]!.trim()}`,
    );
    const fields: Field[] = [
      ...bytesSchema.fields,
      ...imagesSchema(28, 28).fields,
      imageField,
      fileField,
      frameField,
      labelField,
      pointsField,
      speciesField,
      cellField,
      pbcField,
      centersField,
      centerPositionsField,
      imageField,
      labelField,
      centerField,
      positionField,
      nCentersField,
      featureField('soap', 'float32', 308),
      derivativesField('float32', 308),
      featureField('code', 'float32', 100),
      predictedField,
      probabilitiesField(10),
      featureField('intensities', 'float32', 784),
      imageField,
      labelField,
      nRowsField,
      featureField('pooled', 'float32', 616),
      imageField,
      labelField,
      nRowsField,
      predictedField,
      probabilitiesField(10),
      componentField,
      featureField('correlation', 'float64', 308),
      ...metricsSchema.fields,
      ...deadLettersSchema.fields,
    ];
    expect(documented).toEqual(fields.map(({ name, type }) => `${name}: ${typeName(type)}`));
  });
});

/** The code blocks of a page in that language. */
function blocks(file: string, language: string): string[] {
  return [...read(file).matchAll(/```(\w*)\n(.*?)```/gs)]
    .filter((match) => match[1] === language)
    .map((match) => match[2]!);
}

describe('the README', () => {
  it('has at most 150 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151); // the last line ends, too
  });

  it('shows programs that run', () => {
    const [embedding, kernel, ...others] = blocks('README.md', 'js').map((program) =>
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: ROOT, encoding: 'utf8' }),
    );
    expect(embedding).toBe('image 0, a 7: 308 components\n');
    expect(kernel).toBe('true\n');
    expect(others).toEqual([]);
  });

  it('shows a pipeline that describes molecules', async () => {
    const [molecules, ...others] = blocks('README.md', 'yaml');
    const { plan } = await planOf(molecules!, `${ROOT}/molecules.yaml`, { outDirectory: temporaryFolder() });
    const [report] = await runPlan(plan!);
    expect(report!.outputs.map(({ rows }) => rows)).toEqual([8]);
    expect(others).toEqual([]);
  });

  it('starts what the file of the main job has as default', () => {
    expect(read('README.md')).toContain('npm ci && npm start\n');
    const table = /^pipeline .*metrics\n(.*?)```/ms.exec(read('README.md'))![1]!;
    const names = [...table.matchAll(/^\w+/gm)].map(([name]) => name);
    expect(read('pipelines.yaml')).toContain(`default: [${names.join(', ')}]`);
  });
});

describe('docs/guide.md', () => {
  const [pipelines, letters, sweep, tested, ...others] = blocks('docs/guide.md', 'yaml');
  const [mistake, difference] = blocks('docs/guide.md', 'text');

  it('shows a pipeline file that is valid', async () => {
    const { plan, diagnostics } = await planOf(pipelines!, `${ROOT}/guide.yaml`);
    expect(diagnostics.sorted()).toEqual([]);
    expect(plan!.order).toEqual(['describe', 'train']);
    expect(others).toEqual([]);
  });

  it('shows what is said of a mistake in it', async () => {
    const text = pipelines!.replace('rCut: 63', 'rCut: -63');
    const { diagnostics } = await planOf(text, 'pipelines.yaml');
    const shown = renderDiagnostics(diagnostics.sorted(), { sources: new Map([['pipelines.yaml', text]]) });
    expect(mistake).toBe(`${shown}\n`);
  });

  it('shows a test that passes, and what is said of a difference', async () => {
    const problemsOf = async (text: string): Promise<string> => {
      const { plan } = await planOf(text, `${ROOT}/pipelines.yaml`);
      const { problems } = await runTest(plan!, plan!.tests.get('invariance')!, new AbortController().signal);
      return renderDiagnostics(problems, { sources: new Map([[plan!.file, text]]) });
    };
    expect(await problemsOf(tested!)).toBe('');
    expect(`${await problemsOf(tested!.replace('1, nCenters: 3', '1, nCenters: 2'))}\n`).toBe(difference);
  });

  it('shows a pipeline with dead letters that is valid', async () => {
    const { plan, diagnostics } = await planOf(letters!, `${ROOT}/guide.yaml`);
    expect(diagnostics.sorted()).toEqual([]);
    const { deadLetters, steps } = plan!.pipelines.get('describe')!;
    expect(deadLetters).toMatchObject({ ofSource: true, maxErrors: 0.001 });
    expect(steps.map(({ onError }) => onError)).toEqual(['deadLetter']);
  });

  it('shows a sweep that runs', async () => {
    const options = { outDirectory: temporaryFolder(), profile: 'quick' };
    const { plan, diagnostics } = await checkSweeps(await planOf(sweep!, `${ROOT}/guide.yaml`, options));
    expect(diagnostics.sorted()).toEqual([]);
    const { trials, best } = await runSweep(plan!, 'kept', { workers: 0 });
    expect(trials).toEqual({ total: 8, done: 8, abandoned: 0, diverged: 0 });
    expect(best?.value).toBeGreaterThan(0.5);
  });
});

describe('every page', () => {
  const folders = ['', 'docs/', 'docs/architecture/'];
  const pages = folders.flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => folder + name),
  );

  it('links to what is there', () => {
    for (const page of pages) {
      const text = read(page);
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g), ...text.matchAll(/src(?:set)?="([^"]+)"/g)];
      for (const [, link] of links)
        expect(existsSync(`${ROOT}/${dirname(page)}/${link}`), `${page}: ${link}`).toBe(true);
    }
  });

  it('names scripts, examples and sources that exist', () => {
    const sources = readdirSync(`${ROOT}/src`, { recursive: true, encoding: 'utf8' }).map((path) => `src/${path}`);
    for (const page of pages) {
      for (const [, path] of read(page).matchAll(/`((?:bench|test|examples|scripts)\/[\w./]*)/g))
        expect(existsSync(`${ROOT}/${path}`), `${page}: ${path}`).toBe(true);
      for (const [, path] of read(page).matchAll(/`((?:\w+\/)*\w+\.ts)`/g))
        expect(
          sources.some((source) => source.endsWith(`/${path}`)),
          `${page}: ${path}`,
        ).toBe(true);
    }
  });
});

describe('the examples', () => {
  const run = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });

  it('descriptors.mjs writes descriptors', () => {
    expect(run('examples/descriptors.mjs', `${temporaryFolder()}/descriptors.parquet`)).toMatch(
      /^2145 descriptors, \d+ bytes in /,
    );
  });

  it('train.mjs trains and predicts better than chance', () => {
    const [, accuracy] = /^accuracy (\d\.\d+)$/m.exec(run('examples/train.mjs'))!;
    expect(Number(accuracy)).toBeGreaterThan(0.15);
  });

  it('backpressure.mjs has no more in flight than it says', () => {
    expect(run('examples/backpressure.mjs')).toMatch(/^last: 249001, at most [89] in flight of 500\n$/);
  });

  it('segment.mjs sends bytes through steps', () => {
    expect(run('examples/segment.mjs')).toBe('18 components, turned and not turned differ by less than 1e-5\n');
  });

  it('streams.mjs gives the same rows in streams of Node and of the Web', () => {
    expect(run('examples/streams.mjs')).toBe('58 rows through a Duplex\n58 rows through a TransformStream\n');
  });

  it('onlyDigit.yaml uses an operator of its own', () => {
    const out = temporaryFolder();
    run('dist/cli.js', 'run', 'examples/onlyDigit.yaml', '--operators', 'examples/onlyDigit.mjs', '--out', out);
    expect(run('dist/cli.js', 'inspect', `${out}/threes.arrow`)).toContain('1,010 rows');
  });

  it('rotated.yaml tells turned and mirrored digits apart', () => {
    const out = temporaryFolder();
    const reports = run('dist/cli.js', 'run', 'examples/rotated.yaml', '--out', out);
    // 200 images of 10 classes: 0.33 is ten standard errors above chance, and about half of what it reaches.
    expect(Number(/accuracy (\d\.\d+)/.exec(reports)![1])).toBeGreaterThan(0.33);
    expect(run('dist/cli.js', 'inspect', `${out}/rotated.parquet`)).toContain('200 rows');
  });

  it.each([
    ['molecules', 'molecules', '58 rows'],
    ['molecules', 'whole', '8 rows'],
    ['crystals', 'crystals', '5 rows'],
    ['scan', 'scan', '500 rows'],
  ])('%s.yaml describes point clouds of a file: %s', (file, name, rows) => {
    const out = temporaryFolder();
    run('dist/cli.js', 'run', `examples/${file}.yaml`, name, '--out', out);
    expect(run('dist/cli.js', 'inspect', `${out}/${name}.parquet`)).toContain(rows);
  });

  it('sweep.yaml tells how much principal components keep', () => {
    const out = temporaryFolder();
    // 1, 2, 3 and 4 components, at either cutoff.
    expect(run('dist/cli.js', 'run', 'examples/sweep.yaml', '--profile', 'quick', '--out', out)).toMatch(
      /^keep: 8 trials, 8 done\n {2}best compress\.compress\.explainedVariance: trial \d with 0\.\d+ at rCut = \d, components = 4\n$/,
    );
    expect(run('dist/cli.js', 'inspect', `${out}/keep/results.parquet`)).toContain('8 rows');
  });
});

/** What is wrong with the example itself, not with the file or artifact that it names. */
function errorsOf(diagnostics: readonly { severity: string; message: string }[]): string[] {
  return diagnostics
    .filter(({ severity, message }) => severity === 'error' && !/no pipeline here fits|is not installed/.test(message))
    .map(({ message }) => message);
}

function indented(text: string, spaces: number): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n');
}
