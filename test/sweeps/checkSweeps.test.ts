import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { checkSweeps } from '#dist/sweeps/checkSweeps.js';
import { temporaryFolder } from '../support/smallMnist.js';

const SOAP = "soap: { rCut: 20, nMax: '${nMax}', lMax: 3, sigma: 2 }";

function file(sweep: string, sink = '${trialOut}/a', other = ''): string {
  return `variables: { nMax: 4, components: 5 }
pipelines:
  describe:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist, imageToXyz, { ${SOAP} }]
    sinks: [{ parquet: { path: '\${out}/descriptors' } }]
  fit:
    source: { parquet: { path: '\${out}/descriptors' } }
    steps: [{ compress: { fit: pca, components: '\${components}' } }]
    sinks: [{ parquet: { path: '${sink}' } }]
sweeps:
  s: ${sweep}
${other}`;
}

async function problems(text: string): Promise<string[]> {
  const folder = temporaryFolder();
  const loaded = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out') });
  expect(loaded.diagnostics.hasErrors).toBe(false);
  const { plan, diagnostics } = await checkSweeps(loaded);
  expect(plan === undefined).toBe(diagnostics.hasErrors);
  return diagnostics.sorted().map(({ location, message, note }) => {
    const where = 'argument' in location ? location.argument : `${location.line}:${location.column}`;
    return `${where} ${message.replaceAll(folder, '')}${note === undefined ? '' : ` | ${note.replace(/^used at .*:(\d+:\d+)$/, 'used at $1')}`}`;
  });
}

describe('checkSweeps', () => {
  it('finds nothing wrong with what is sound', async () => {
    expect(await problems(file('{ pipelines: [fit], over: { components: [1, 40] } }'))).toEqual([]);
    expect(
      await problems(
        file('{ pipelines: [fit, describe], over: { nMax: [2, 4] } }', '${trialOut}/a')
          .replace("path: '${out}/d", "path: '${trialOut}/d")
          .replace("path: '${out}/d", "path: '${trialOut}/d"),
      ),
    ).toEqual([]);
  });

  it('finds a value with which a step cannot work, at the value, and names the trial', async () => {
    // Descriptors of nMax = 4, lMax = 3 have 40 components.
    expect(await problems(file('{ pipelines: [fit], over: { components: [1, 41, 0] } }'))).toEqual([
      '12:50 compress.components: expected at most 40, the length of soap, got 41 (s with components = 41) | used at 9:49',
      '12:54 compress.components: expected an integer >= 1, got 0 (s with components = 0) | used at 9:49',
    ]);
  });

  it('finds it at an end of a range, and in any case', async () => {
    const range = '{ pipelines: [fit], over: { components: { from: 1, to: 60, count: 3, integer: true } } }';
    expect(await problems(file(range))).toEqual([
      '12:61 compress.components: expected at most 40, the length of soap, got 60 (s with components = 60) | used at 9:49',
    ]);
    const cases =
      '{ pipelines: [fit], over: { way: { cases: { one: { components: 1 }, many: { components: 60 } } } } }';
    expect(await problems(file(cases))).toEqual([
      '12:94 compress.components: expected at most 40, the length of soap, got 60 (s with way = many) | used at 9:49',
    ]);
  });

  it('refuses outputs that all trials would write', async () => {
    expect(await problems(file('{ pipelines: [fit], over: { components: [1, 2] } }', '${out}/a'))).toEqual([
      '10:32 parquet.path: expected a path below ${trialOut}, since every trial of a sweep writes it, got /out/a (s with components = 1) | ${out} is given by the run',
    ]);
  });

  it('refuses trials that read what depends on them and is made only once', async () => {
    expect(await problems(file('{ pipelines: [fit], over: { nMax: [4, 5] } }'))).toEqual([
      '12:19 sweeps.s.pipelines: fit read what describe makes, and describe changes with the trial: add it (s with nMax = 5)',
    ]);
  });

  it('warns of what changes nothing', async () => {
    const over = '{ components: [1, 2], idle: [1, 2], way: { cases: { u: { nothing: 1 }, v: { nothing: 2 } } } }';
    const text = file(`{ pipelines: [fit], over: ${over} }`).replace(
      'components: 5 }',
      "components: 5, idle: 1, nothing: 1, said: '${idle}${nothing}' }",
    );
    expect((await problems(text)).filter((line) => !line.includes('never used'))).toEqual([
      '12:61 sweeps.s.over.idle: its trials are all the same, no pipeline of the sweep depends on it',
      '12:98 sweeps.s.over.way: its trials are all the same, no pipeline of the sweep depends on it',
    ]);
  });

  it('refuses more trials than anybody means', async () => {
    expect(
      await problems(file('{ pipelines: [fit], over: { components: { from: 1, to: 900000, integer: true } } }')),
    ).toEqual(['12:19 sweeps.s: expected at most 100000 trials, got 900000']);
  });
});
