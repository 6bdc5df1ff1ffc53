import { describe, expect, it } from 'vitest';
import { readStructure, type PipelineFile } from '#dist/config/structure.js';
import type { VariableSources } from '#dist/config/variables.js';
import { lines, pointed, read } from './support/documents.js';

function structure(text: string, sources: VariableSources = {}): { file: PipelineFile; found: string[]; at: string[] } {
  const { document, diagnostics } = read(text, sources);
  const file = readStructure(document, diagnostics);
  return { file, found: lines(diagnostics), at: diagnostics.sorted().map((diagnostic) => pointed(text, diagnostic)) };
}

/** A pipeline `p` with the given lines, two spaces further in. */
function pipeline(...rows: string[]): string {
  return ['pipelines:', '  p:', ...rows.map((row) => `    ${row}`)].join('\n');
}

describe('readStructure', () => {
  it('gives the components of every pipeline with their place in the document', () => {
    const text = `variables: { rCut: 63 }
default: [train]
pipelines:
  sample:
    description: Sampling at \${rCut}
    source: { idx: { images: a } }
    steps:
      - decodeMnist
      - soap: { rCut: "\${rCut}" }
      - soap:
        id: again
      - ./own.mjs: [1]
    sinks:
      - parquet: { path: x }
      - parquet: { path: y }
    metrics: { parquet: { path: z } }
  train:
    source: { parquet: }
`;
    const { file, found } = structure(text);
    const path = ['pipelines', 'sample'];
    expect(found).toEqual([]);
    expect(file.default).toEqual(['train']);
    expect([...file.pipelines.keys()]).toEqual(['sample', 'train']);
    expect(file.pipelines.get('sample')).toStrictEqual({
      name: 'sample',
      path,
      description: 'Sampling at 63',
      source: { name: 'idx', id: 'idx', options: { images: 'a' }, path: [...path, 'source', 'idx'] },
      steps: [
        { name: 'decodeMnist', id: 'decodeMnist', options: {}, path: [...path, 'steps', 0, 'decodeMnist'] },
        { name: 'soap', id: 'soap', options: { rCut: 63 }, path: [...path, 'steps', 1, 'soap'] },
        { name: 'soap', id: 'again', options: {}, path: [...path, 'steps', 2, 'soap'] },
        { name: './own.mjs', id: './own.mjs', options: [1], path: [...path, 'steps', 3, './own.mjs'] },
      ],
      sinks: [
        { name: 'parquet', id: 'parquet', options: { path: 'x' }, path: [...path, 'sinks', 0, 'parquet'] },
        { name: 'parquet', id: 'parquet', options: { path: 'y' }, path: [...path, 'sinks', 1, 'parquet'] },
      ],
      metrics: { name: 'parquet', id: 'parquet', options: { path: 'z' }, path: [...path, 'metrics', 'parquet'] },
    });
    expect(file.pipelines.get('train')).toMatchObject({ source: { options: {} }, steps: [], sinks: [] });
  });

  it('runs all pipelines by default', () => {
    const text = 'pipelines: { b: { source: { s: } }, a: { source: { s: } } }';
    expect(structure(text).file.default).toEqual(['b', 'a']);
  });

  it.each<[string, string[]]>([
    ['variables: {}', ['1:1 the key pipelines is missing']],
    [
      'pipeline: {}',
      ['1:1 pipeline: unknown key, expected variables, profiles, default, pipelines, sweeps or tests ?pipelines'],
    ],
    ['pipelines: {}', ['1:12 pipelines: expected at least one pipeline, got none']],
    ['pipelines:', ['1:11 pipelines: expected a mapping, got null']],
    ['pipelines: [a]', ['1:12 pipelines: expected a mapping, got a list']],
    ['pipelines: { a: }', ['1:17 pipelines.a: expected a mapping, got null']],
    ['pipelines: { a: {} }', ['1:14 pipelines.a: the key source is missing']],
    [
      'pipelines: { a b: { source: { s: } } }',
      ['1:14 pipelines["a b"]: expected a name of letters, digits, _ and -, a letter first'],
    ],
    [
      '__proto__: 1\npipelines: { __proto__: { source: { s: } } }',
      [
        '1:1 __proto__: unknown key, expected variables, profiles, default, pipelines, sweeps or tests',
        '2:14 pipelines.__proto__: expected a name of letters, digits, _ and -, a letter first',
      ],
    ],
  ])('rejects the file %j', (text, expected) => {
    expect(structure(text).found).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['a', ['2:10 default: expected a list, got "a"']],
    ['[]', ['2:10 default: expected at least one name of a pipeline or sweep, got none']],
    ['[a, a]', ['2:14 default[1]: a is named twice']],
    [
      '[smaple, 1]',
      [
        '2:11 default[0]: there is no pipeline or sweep smaple, expected a or sample ?sample',
        '2:19 default[1]: expected the name of a pipeline or sweep, got 1',
      ],
    ],
  ])('rejects the default %s', (names, expected) => {
    const text = `pipelines: { a: { source: { s: } }, sample: { source: { s: } } }\ndefault: ${names}`;
    expect(structure(text).found).toEqual(expected);
  });

  it.each<[string[], string[]]>([
    [['source: idx'], ['3:13 pipelines.p.source: expected the name of one source with its options, got "idx"']],
    [['source: {}'], ['3:13 pipelines.p.source: expected the name of one source, got none']],
    [
      ['source: { idx: , arrow: {} }'],
      ['3:22 pipelines.p.source: expected one source, got idx and arrow; indent what are options of idx further'],
    ],
    [['source: { idx: {}, arrow: {}, x: 1 }'], ['3:24 pipelines.p.source: expected one source, got idx, arrow and x']],
    [
      ['source: { idx: {} }', 'stpes: []'],
      [
        '4:5 pipelines.p.stpes: unknown key, expected description, source, steps, sinks, metrics, onError, deadLetters or maxErrors ?steps',
      ],
    ],
    [
      ['sorce: { idx: {} }'],
      [
        '3:5 pipelines.p.sorce: unknown key, expected description, source, steps, sinks, metrics, onError, deadLetters or maxErrors ?source',
      ],
    ],
    [['source: { idx: {} }', 'description: [a]'], ['4:18 pipelines.p.description: expected a string, got a list']],
    [['source: { idx: {} }', 'steps: soap'], ['4:12 pipelines.p.steps: expected a list, got "soap"']],
    [['source: { idx: {} }', 'steps: { soap: {} }'], ['4:12 pipelines.p.steps: expected a list, got a mapping']],
    [
      ['source: { idx: {} }', 'steps: [[soap], 3, ]'],
      [
        '4:13 pipelines.p.steps[0]: expected the name of one operator with its options, got a list',
        '4:21 pipelines.p.steps[1]: expected the name of one operator with its options, got 3',
      ],
    ],
    [
      ['source: { idx: {} }', 'steps:', '- id: x'],
      ['5:7 pipelines.p.steps[0]: expected the name of one operator, got none'],
    ],
    [
      ['source: { idx: {} }', 'steps:', '- soap:', '  rCut: 3'],
      ['6:7 pipelines.p.steps[0]: expected one operator, got soap and rCut; indent what are options of soap further'],
    ],
    [
      ['source: { idx: {} }', 'sinks: [parquet]'],
      ['4:13 pipelines.p.sinks[0]: expected the name of one sink with its options, got "parquet"'],
    ],
    [
      ['source: { idx: {} }', 'sinks: [{ parquet: {}, id: x }]'],
      ['4:28 pipelines.p.sinks[0]: expected one sink, got parquet and id'],
    ],
    [
      ['source: { idx: {} }', 'metrics: [{ parquet: {} }]'],
      ['4:14 pipelines.p.metrics: expected the name of one sink with its options, got a list'],
    ],
  ])('rejects the pipeline %j', (rows, expected) => {
    expect(structure(pipeline(...rows)).found).toEqual(expected);
  });

  it('rejects ids that are no names, are taken, or mean something else', () => {
    const text = pipeline(
      'source: { idx: {} }',
      'steps:',
      '- soap',
      '- soap: {}',
      '- { scale: {}, id: soap }',
      '- { scale: {}, id: 3 }',
      '- { pca: {}, id: a b }',
      '- { tsne: {}, id: source }',
      '- { umap: {}, id: "${none:-umap}" }',
    );
    const { found, at } = structure(text);
    const first = 'pipelines.p.steps[0] has the id soap too';
    expect(found).toEqual([
      `6:7 pipelines.p.steps[1]: ${first}, give one of them an id of its own (id: name beside the operator)`,
      `7:24 pipelines.p.steps[2].id: ${first}, choose another`,
      '8:24 pipelines.p.steps[3].id: expected a name of letters, digits, _ and -, a letter first, got 3',
      '9:22 pipelines.p.steps[4].id: expected a name of letters, digits, _ and -, a letter first, got "a b"',
      '10:23 pipelines.p.steps[5].id: source means the source of the pipeline, choose another id',
    ]);
    expect(at).toEqual(['soap', 'soap', '3', 'a b', 'source']);
  });

  it('gives what is well formed beside what is not', () => {
    const { file, found } = structure(
      pipeline('source: 3', 'steps: [soap, 7, { scale: { a: 1 } }]', 'sinks: [1, { parquet: {} }]', 'oops: 1'),
    );
    expect(found).toHaveLength(4);
    const entry = file.pipelines.get('p');
    expect(entry).not.toHaveProperty('source');
    expect(entry?.steps.map(({ name, path }) => [name, path[3]])).toEqual([
      ['soap', 0],
      ['scale', 2],
    ]);
    expect(entry?.sinks.map(({ name }) => name)).toEqual(['parquet']);
  });

  it('says nothing of what a missing variable leaves open', () => {
    const text = `default: ["\${a}"]
pipelines:
  p: { source: "\${a}", steps: ["\${a}", { soap: "\${a}", id: "\${a}" }], sinks: "\${a}", description: "\${a}" }
  q: "\${a}"`;
    const { found, file } = structure(text);
    expect(found).toHaveLength(8);
    for (const message of found) expect(message).toContain('unknown variable a');
    expect(file.pipelines.get('p')?.steps).toEqual([
      { name: 'soap', id: 'soap', options: undefined, path: ['pipelines', 'p', 'steps', 1, 'soap'] },
    ]);
  });

  it('takes a description from a variable as text', () => {
    const text = 'pipelines: { p: { source: { s: }, description: "${YEAR}" } }';
    const { file, found } = structure(text, { environment: { YEAR: '2024' } });
    expect(found).toEqual([]);
    expect(file.pipelines.get('p')?.description).toBe('2024');
  });
});
