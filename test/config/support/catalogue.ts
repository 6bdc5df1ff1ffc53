import { z } from 'zod';
import type { Catalogue, FittedComponent, StreamComponent } from '#dist/config/catalogue.js';

export const idx: StreamComponent = {
  name: 'idx',
  summary: 'Reads IDX files.',
  example: 'source:\n  idx: { images: train-images }',
  options: z.strictObject({
    images: z.string().min(1).describe('File of images.'),
    labels: z.string().optional().describe('File of labels.'),
  }),
};

export const parquet: StreamComponent = {
  name: 'parquet',
  summary: 'Writes Parquet.',
  example: '- parquet: { path: out.parquet }',
  options: z.strictObject({
    path: z.string().describe('File to write.'),
    rowsPerFile: z.int().min(1).nullable().default(null).describe('Rows of a file; null for one file.'),
  }),
};

export const decode: StreamComponent = {
  name: 'decodeMnist',
  summary: 'Decodes images.',
  description: 'Plain or gzipped.',
  example: '- decodeMnist',
  options: z.object({ batchRows: z.int().min(1).max(65_536).default(64).describe('Images of a batch.') }),
};

export const soapOptions = z.object({
  rCut: z.number().gt(1).meta({ unit: 'input units', description: 'Cutoff radius' }),
  nMax: z.int().min(2).max(20).default(7).describe('Radial functions.'),
  sigma: z.number().positive().lte(10).optional().describe('Width of the Gaussian (input units).'),
  radialBasis: z.enum(['gto', 'polynomial']).default('gto').describe('Radial basis.'),
  average: z.boolean().default(false),
  centers: z
    .union([z.literal('all'), z.array(z.int().min(0)).min(1), z.object({ every: z.int().min(2) })])
    .default('all')
    .describe('Which points are centres.'),
  species: z.record(z.string(), z.number()).optional(),
  box: z.tuple([z.number(), z.number(), z.number()]).optional(),
  cache: z.object({ rows: z.int().multipleOf(8), path: z.string().optional() }).optional(),
  timeout: z
    .string()
    .regex(/^\d+s$/, 'expected seconds, e.g. 10s')
    .optional(),
  backend: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('cpu'), threads: z.int().min(1) }),
      z.object({ kind: z.literal('gpu'), device: z.string() }),
    ])
    .optional(),
});

export const soap: StreamComponent = {
  name: 'soap',
  summary: 'Computes the power spectrum.',
  example: '- soap: { rCut: 63 }',
  options: soapOptions.refine(({ sigma, rCut }) => sigma === undefined || sigma < rCut, 'sigma must be below rCut'),
};

export const rescale: FittedComponent = {
  name: 'rescale',
  summary: 'Rescales features.',
  example: '- rescale: { fit: scale }',
  fitOptions: z.strictObject({ share: z.number().min(0).max(1).default(1).describe('Share of the rows | all.') }),
  applyOptions: z.strictObject({}),
};

/** A source, a sink and operators of every kind: without required options, with, fitted. */
export const catalogue: Catalogue = { sources: [idx], sinks: [parquet], operators: [decode, soap, rescale] };
