import { z } from 'zod';
import { XyzParser } from '../xyz/xyzParser.js';
import { type CloudContent, cloudsSchema } from './cloudBatches.js';
import { openClouds } from './cloudSource.js';
import type { SourceDefinition } from './definition.js';
import { chunkBytesOption } from './fileChunks.js';

const xyzOptions = z.strictObject({
  path: z.string().min(1).describe('XYZ file, plain or gzipped, or directory of them.'),
  species: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Property that is the species of a point; by default `species` or else `Z`, as the symbol of its element.',
    ),
  label: z
    .string()
    .min(1)
    .optional()
    .describe('Key of the comment line whose value, an integer from 0 to 255, becomes the column `label`.'),
  cell: z
    .boolean()
    .default(false)
    .describe('Whether the lattice becomes the columns `cell` and `pbc`; every frame must have one.'),
  batchRows: z.int().min(1).max(65_536).default(64).describe('Frames in a batch, at most.'),
  chunkBytes: chunkBytesOption.describe('Bytes of a file that are read at once.'),
});
type Options = z.output<typeof xyzOptions>;

export const xyzSource: SourceDefinition<typeof xyzOptions> = {
  name: 'xyz',
  summary: 'Reads the frames of XYZ and extended XYZ files as point clouds: molecules, crystals, trajectories.',
  description: `Gives \`image\` (the index of the frame, through all files), \`points\` in the units of the file, and \`species\`; with their options also
\`label\`, \`cell\` and \`pbc\`. In extended XYZ \`Properties=species:S:1:pos:R:3:…\` of the comment line tells the columns; without it they are species,
x, y, z, and further ones are passed over.

A directory stands for its files \`*.xyz\`, \`*.extxyz\`, and these with \`.gz\`, in the order of their names. A batch also leaves when it has a million points.

Memory: a chunk, the frame under way, and one batch.`,
  example: `source:
  xyz: { path: molecules.xyz }`,
  options: xyzOptions,
  reads: ({ path }, context) => [context.resolvePath(path)],
  staticSchema: (options) => cloudsSchema(contentOf(options)),
  open: (options, context) =>
    openClouds(
      context.resolvePath(options.path),
      {
        kind: 'an XYZ file',
        endings: ['.xyz', '.extxyz', '.xyz.gz', '.extxyz.gz'],
        startParser: (path) => new XyzParser(path, options),
      },
      contentOf(options),
      options,
    ),
};

function contentOf({ label, cell }: Options): CloudContent {
  return { label: label !== undefined, species: true, cell };
}
