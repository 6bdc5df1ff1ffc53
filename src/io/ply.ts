import { z } from 'zod';
import { PlyParser } from '../ply/plyParser.js';
import {
  type CloudFormat,
  cloudOptions,
  knownCloudsSchema,
  nameOption,
  openClouds,
  type UnlabelledContent,
} from './cloudSource.js';
import { splitClouds } from './cloudSplits.js';
import type { SourceDefinition } from './definition.js';

const plyOptions = z.strictObject({
  path: z.string().min(1).describe('PLY file, plain or gzipped, or directory of them.'),
  species: nameOption.describe(
    'Property of the vertices, of integers, that becomes the column `species`; without it there is none.',
  ),
  label: nameOption.describe(
    'Key of a header line `comment key value` whose value becomes the column `label`: a class from 0 to 255, another number or a text, as the first file has.',
  ),
  origin: z
    .boolean()
    .default(false)
    .describe('Whether the columns `file` and `frame` name the file of a cloud; `frame` is 0.'),
  ...cloudOptions('file'),
  batchRows: z.int().min(1).max(65_536).default(1).describe('Clouds in a batch, at most.'),
});
type Options = z.output<typeof plyOptions>;

export const plySource: SourceDefinition<typeof plyOptions> = {
  name: 'ply',
  summary: 'Reads the vertices of PLY files, ascii or binary, as point clouds: scans, meshes.',
  description: `Gives \`image\` (the index of the file) and \`points\` in the units of the file, float64 whatever the type of x, y and z. Options add
\`species\`, \`label\` (from \`comment\` or \`obj_info\`), \`file\` and \`frame\`. Other elements and properties are passed over; their rows after the vertices may be fewer than announced. Decimal numbers of a property \`float\` are
rounded to float32, so that an ascii file gives the same points as a binary one.

A directory stands for its files \`*.ply\` and \`*.ply.gz\` in the order of their names. A batch also leaves when it has a million points.

Memory: a chunk, the cloud under way, and one batch.`,
  example: `source:
  ply: { path: scan.ply }`,
  options: plyOptions,
  reads: ({ path }, context) => [context.resolvePath(path)],
  leavingOut: (options) => ({ ...options, damaged: 'leaveOut' }),
  staticSchema: (options) => knownCloudsSchema(contentOf(options), options),
  splits: (options, context, wish) => splitClouds(context.resolvePath(options.path), formatOf(options), options, wish),
  open: (options, context, split) =>
    openClouds(context.resolvePath(options.path), formatOf(options), contentOf(options), options, split),
};

function formatOf(options: Options): CloudFormat {
  return {
    kind: 'a PLY file',
    cloud: 'file',
    endings: ['.ply', '.ply.gz'],
    startParser: (path, labelType, leftOut, clouds) => new PlyParser(path, options, labelType, leftOut, clouds),
  };
}

function contentOf({ species, origin }: Options): UnlabelledContent {
  return { origin, species: species !== undefined, cell: false };
}
