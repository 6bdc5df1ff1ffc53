import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { pipelineFileSchema } from '#dist/config/jsonSchema.js';
import { valueAt } from '#dist/config/paths.js';
import { catalogue, decode } from './support/catalogue.js';
import { checkFile } from './support/check.js';

const schema = pipelineFileSchema(catalogue);
/** zod reads JSON Schema too, which makes it a validator that does not know where the schema came from. */
const validator = z.fromJSONSchema(structuredClone(schema));

function accepts(text: string): boolean {
  return validator.safeParse(parse(text)).success;
}

/** A file with the given steps and a sound rest. */
function withSteps(...steps: string[]): string {
  const rows = steps.map((step) => `      - ${step}`);
  return ['pipelines:', '  p:', '    source: { idx: { images: a } }', '    steps:', ...rows].join('\n');
}

/** Whether the checks of a run accept the file. */
function runs(text: string): boolean {
  return !checkFile(text, { environment: { any: '' } }).hasErrors;
}

const FULL = `variables: { rCut: 63, data: "\${MNIST_DIR:-x}", on: true, nothing: }
default: [p]
pipelines:
  p:
    description: text
    source: { idx: { images: "\${data}/a" } }
    steps:
      - decodeMnist
      - decodeMnist: { batchRows: "\${rCut}" }
        id: again
      - soap: { rCut: "\${rCut}", average: "\${on}", centers: { every: "\${rCut}" }, species: { H: "\${rCut}" } }
      - ./own.mjs: { factor: 2 }
      - ../lib/own.js
      - { own.mjs: , id: mine }
      - rescale: { fit: a, share: "\${half:-0.5}" }
      - { rescale: { apply: a }, id: applied }
      - { ./third.mjs: {}, onError: stop }
      - { own.mjs: , id: last, onError: deadLetter }
    sinks: [{ parquet: { path: x, rowsPerFile: null } }]
    metrics: { parquet: { path: x } }
    onError: deadLetter
    deadLetters: { parquet: { path: y } }
    maxErrors: 0.01
`;

describe('pipelineFileSchema', () => {
  it('is plain JSON of draft 7', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(JSON.stringify(schema)).not.toContain('"unit"');
  });

  it('has a definition for every reference', () => {
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference]) => reference ?? '',
    );
    expect(references.length).toBeGreaterThan(5);
    for (const reference of references) {
      expect(valueAt(schema, reference.slice(2).split('/')), reference).toBeDefined();
    }
  });

  it('accepts a file with everything in it', () => {
    const result = validator.safeParse(parse(FULL));
    expect(result.error?.issues).toBeUndefined();
  });

  it.each([
    'a: 1',
    'pipelines: {}',
    'pipelines: { p: {} }',
    'pipelines: { a b: { source: { idx: { images: a } } } }',
    'pipelines: { p: { source: idx } }',
    'pipelines: { p: { source: {} } }',
    'pipelines: { p: { source: { idx: { images: a }, idy: {} } } }',
    'pipelines: { p: { source: { ./own.mjs: {} } } }',
    'pipelines: { p: { source: { idx: { images: a } }, stpes: [] } }',
    'pipelines: { p: { source: { idx: { images: a } }, sinks: [parquet] } }',
    'pipelines: { p: { source: { idx: { images: a } }, metrics: [] } }',
    'default: []\npipelines: { p: { source: { idx: { images: a } } } }',
    'default: p\npipelines: { p: { source: { idx: { images: a } } } }',
    'variables: { a: [1] }\npipelines: { p: { source: { idx: { images: a } } } }',
    'variables: { 1a: 1 }\npipelines: { p: { source: { idx: { images: a } } } }',
    withSteps('unknown'),
    withSteps('unknown: {}'),
    withSteps('{}'),
    withSteps('id: x'),
    withSteps('{ id: x, onError: stop }'),
    withSteps('{ decodeMnist: , onError: skip }'),
    'pipelines: { p: { source: { idx: { images: a } }, onError: yes } }',
    'pipelines: { p: { source: { idx: { images: a } }, maxErrors: 1.5 } }',
    'pipelines: { p: { source: { idx: { images: a } }, maxErrors: -1 } }',
    'pipelines: { p: { source: { idx: { images: a } }, deadLetters: parquet } }',
    withSteps('soap'),
    withSteps('soap:'),
    withSteps('rescale'),
    withSteps('{ soap: { rCut: 2 }, decodeMnist: {} }'),
    withSteps('{ soap: { rCut: 2 }, id: a b }'),
  ])('rejects %j', (text) => {
    expect(accepts(text)).toBe(false);
    expect(accepts(FULL)).toBe(true);
  });

  it.each([
    'soap: { rCut: 2 }',
    'soap: { rCut: 1 }',
    'soap: { rCut: "2" }',
    'soap: { rCut: "${any:-2}" }',
    'soap: { rCut: true }',
    'soap: { rCut: }',
    'soap: {}',
    'soap: { rCut: 2, rCutt: 2 }',
    'soap: { rCut: 2, nMax: 2 }',
    'soap: { rCut: 2, nMax: 2.5 }',
    'soap: { rCut: 2, nMax: 21 }',
    'soap: { rCut: 2, sigma: 0 }',
    'soap: { rCut: 20, sigma: 10 }',
    'soap: { rCut: 2, radialBasis: gto }',
    'soap: { rCut: 2, radialBasis: gtoo }',
    'soap: { rCut: 2, radialBasis: "${any:-gto}" }',
    'soap: { rCut: 2, average: yes }',
    'soap: { rCut: 2, average: true }',
    'soap: { rCut: 2, centers: all }',
    'soap: { rCut: 2, centers: some }',
    'soap: { rCut: 2, centers: [] }',
    'soap: { rCut: 2, centers: [1, "${any:-2}"] }',
    'soap: { rCut: 2, centers: [-1] }',
    'soap: { rCut: 2, centers: { every: 2 } }',
    'soap: { rCut: 2, centers: { evry: 2 } }',
    'soap: { rCut: 2, species: { H: 1 } }',
    'soap: { rCut: 2, species: { H: x } }',
    'soap: { rCut: 2, box: [1, 2, 3] }',
    'soap: { rCut: 2, box: [1, 2] }',
    'soap: { rCut: 2, box: [1, 2, 3, 4] }',
    'soap: { rCut: 2, cache: { rows: 8 } }',
    'soap: { rCut: 2, cache: { rows: 9 } }',
    'soap: { rCut: 2, cache: { rows: 8, more: 1 } }',
    'soap: { rCut: 2, timeout: 10s }',
    'soap: { rCut: 2, timeout: 10m }',
    'soap: { rCut: 2, timeout: "${any:-1s}" }',
    'soap: { rCut: 2, backend: { kind: cpu, threads: 1 } }',
    'soap: { rCut: 2, backend: { kind: gpu, threads: 1 } }',
    'soap: { rCut: 2, backend: { kind: tpu } }',
    'decodeMnist',
    'decodeMnist:',
    'decodeMnist: {}',
    'decodeMnist: { rows: 1 }',
    'decodeMnist: []',
    'rescale: { fit: a }',
    'rescale: { apply: a }',
    'rescale: {}',
    'rescale: { fit: a, apply: b }',
    'rescale: { apply: a, share: 1 }',
    'rescale: { fit: a, share: 2 }',
  ])('agrees with the checks of a run on the step %s', (step) => {
    const text = withSteps(step);
    expect(accepts(text)).toBe(runs(text));
  });

  it('lets the checks of that comparison both accept and reject', () => {
    expect(runs(FULL)).toBe(true);
    expect(runs(withSteps('soap: { rCut: 1 }'))).toBe(false);
  });

  it('tells an editor what options are for, with unit, default, range and choices', () => {
    const { properties } = asMapping(valueAt(schema, ['definitions', 'operator-soap']));
    expect(properties).toMatchObject({
      rCut: { description: 'Cutoff radius (input units)', type: ['number', 'string'], exclusiveMinimum: 1 },
      nMax: { description: 'Radial functions.', default: 7, type: ['integer', 'string'], minimum: 2, maximum: 20 },
      radialBasis: {
        description: 'Radial basis.',
        default: 'gto',
        anyOf: [{ type: 'string', enum: ['gto', 'polynomial'] }, { type: 'string' }],
      },
    });
    expect(valueAt(schema, ['definitions', 'operator-decodeMnist'])).toMatchObject({
      description: 'Decodes images.\n\nPlain or gzipped.',
      markdownDescription: 'Decodes images.\n\nPlain or gzipped.\n\n```yaml\n- decodeMnist\n```',
      type: ['object', 'null'],
    });
  });

  it('is a schema even of an empty catalogue', () => {
    const empty = z.fromJSONSchema(pipelineFileSchema({ sources: [], sinks: [], operators: [] }));
    expect(empty.safeParse(parse('pipelines: { p: { source: {} } }')).success).toBe(false);
  });

  it('writes options with an id out where they are used', () => {
    const shared = z.object({ a: z.int() }).meta({ id: 'shared', description: 'Shared.' });
    const operator = { ...decode, options: z.object({ x: shared.optional(), y: shared.optional() }) };
    const text = JSON.stringify(pipelineFileSchema({ sources: [], sinks: [], operators: [operator] }));
    expect(text).not.toContain('#/definitions/shared');
    expect(text.match(/"Shared\."/g)).toHaveLength(2);
  });
});

function asMapping(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('no mapping');
  return { ...value };
}
