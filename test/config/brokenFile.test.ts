import { describe, expect, it } from 'vitest';
import { formatLocation } from '#dist/config/diagnostics.js';
import { renderDiagnostic, renderDiagnostics } from '#dist/config/renderDiagnostics.js';
import { checkFile } from './support/check.js';
import { line, pointed } from './support/documents.js';
import { generator } from './support/random.js';

const BROKEN = `# A file that is wrong in every way at once.
variables:
  data: "\${MNIST_DIRR}/x"
  rCut: 63
  unused: 1
defaults: [sample]
pipelines:
  sample:
    source: { idx: { images: "\${data}", label: b } }
    steps:
      - decodeMnist: { batchRows: 0 }
      - soap: { rCut: -1, nMax: "\${rCut}", radialBasis: poly }
      - soap
      - rescale: { fit: "", share: "\${rcut}" }
    sinks:
      - parquet: { paht: x, rowsPerFile: "many" }
    metrics: parquet
  sample:
    source: { idx: {} }
  2nd: { steps: [] }
`;

describe('a file with many mistakes', () => {
  const environment = { MNIST_DIR: '/data' };
  const settings = ['rCutt=1', 'sample.decodeMnist.batchRows=1e6'];
  const found = checkFile(BROKEN, { environment, settings }).sorted();

  it('is told all of them at once, in the order of the file, each at the text that is wrong', () => {
    expect(found.map((one) => `${line(one)} @ ${pointed(BROKEN, one)}`)).toEqual([
      '--set rCutt=1 unknown variable rCutt, the file declares data, rCut, unused ?rCut @ --set rCutt=1',
      '--set sample.decodeMnist.batchRows=1e6 decodeMnist.batchRows: expected an integer from 1 to 65536, got 1000000 @ --set sample.decodeMnist.batchRows=1e6',
      '3:10 unknown variable MNIST_DIRR: it is neither in variables nor in the environment ?MNIST_DIR @ ${MNIST_DIRR}',
      '5:3 warning: variables.unused: never used @ unused',
      '6:1 defaults: unknown key, expected variables, profiles, default, pipelines, sweeps or tests ?default @ defaults',
      '9:41 idx.label: unknown option, expected images or labels ?labels @ label',
      '12:23 soap.rCut: expected a number > 1 (input units), got -1 @ -1',
      '12:33 soap.nMax: expected an integer from 2 to 20, got 63 @ "${rCut}"',
      '12:57 soap.radialBasis: expected gto or polynomial, got "poly" @ poly',
      '13:9 pipelines.sample.steps[2]: pipelines.sample.steps[1] has the id soap too, give one of them an id of its own (id: name beside the operator) @ soap',
      '13:9 soap.rCut: missing, expected a number > 1: Cutoff radius (input units) @ soap',
      '14:25 rescale.fit: expected a non-empty string, got "" @ ""',
      '14:37 unknown variable rcut: it is neither in variables nor in the environment ?rCut @ ${rcut}',
      '16:20 parquet.paht: unknown option, expected path or rowsPerFile ?path @ paht',
      '16:42 parquet.rowsPerFile: expected an integer >= 1 or null, got "many" @ "many"',
      '17:14 pipelines.sample.metrics: expected the name of one sink with its options, got "parquet" @ parquet',
      '18:3 duplicate key sample, first given in line 8 @ sample',
      '20:3 pipelines["2nd"]: expected a name of letters, digits, _ and -, a letter first @ 2nd',
      '20:3 pipelines["2nd"]: the key source is missing @ 2nd',
    ]);
  });

  it('is shown each with its lines', () => {
    const [at = '', ...frame] = renderDiagnostic(found[7]!, { sources: new Map([['p.yaml', BROKEN]]) }).split('\n');
    expect(at).toBe('p.yaml:12:33 soap.nMax: expected an integer from 2 to 20, got 63');
    expect(frame).toEqual([
      '  10 |     steps:',
      '  11 |       - decodeMnist: { batchRows: 0 }',
      '> 12 |       - soap: { rCut: -1, nMax: "${rCut}", radialBasis: poly }',
      '     |                                 ^^^^^^^^^',
      '  13 |       - soap',
      '  14 |       - rescale: { fit: "", share: "${rcut}" }',
      'note: ${rCut} is set at p.yaml:4:9',
    ]);
  });

  it('gives plain data whose paths name the places', () => {
    expect(found.map(({ path }) => path)).toEqual([
      'rCutt',
      'pipelines.sample.steps[0].decodeMnist.batchRows',
      'variables.data',
      'variables.unused',
      'defaults',
      'pipelines.sample.source.idx.label',
      'pipelines.sample.steps[1].soap.rCut',
      'pipelines.sample.steps[1].soap.nMax',
      'pipelines.sample.steps[1].soap.radialBasis',
      'pipelines.sample.steps[2].soap',
      'pipelines.sample.steps[2].soap.rCut',
      'pipelines.sample.steps[3].rescale.fit',
      'pipelines.sample.steps[3].rescale.share',
      'pipelines.sample.sinks[0].parquet.paht',
      'pipelines.sample.sinks[0].parquet.rowsPerFile',
      'pipelines.sample.metrics',
      'pipelines.sample',
      'pipelines["2nd"]',
      'pipelines["2nd"]',
    ]);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('never crashes, and points into the text, however it is damaged', () => {
    const random = generator(3);
    const pieces = [
      '\t',
      '\n',
      ':',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '${',
      '}',
      '&a ',
      '*a',
      '<<: ',
      '#',
      '!x ',
      '|\n',
      ',',
      '\r\n',
      '😀',
    ];
    let faulty = 0;
    for (let round = 0; round < 400; round++) {
      let text = BROKEN;
      for (let edit = 0; edit < 1 + (round % 4); edit++) {
        const at = Math.floor(random() * text.length);
        const removed = random() < 0.5 ? Math.floor(random() * 12) : 0;
        text = text.slice(0, at) + pieces[Math.floor(random() * pieces.length)] + text.slice(at + removed);
      }
      const diagnostics = checkFile(text, { environment, settings });
      if (diagnostics.hasErrors) faulty++;
      const rows = text.split('\n');
      for (const { location } of diagnostics) {
        if ('argument' in location) continue;
        const row = rows[location.line - 1];
        expect(row, formatLocation(location)).toBeDefined();
        expect(location.column).toBeGreaterThanOrEqual(1);
        expect(location.endColumn).toBeGreaterThanOrEqual(location.column);
        expect(location.endColumn).toBeLessThanOrEqual((row?.length ?? 0) + 1);
      }
      expect(renderDiagnostics(diagnostics, { sources: new Map([['p.yaml', text]]) })).not.toBe('');
    }
    expect(faulty).toBe(400);
  });
});
