import { z } from 'zod';
import { frameStarts } from '../xyz/frameStarts.js';
import { XyzParser } from '../xyz/xyzParser.js';
import { TAKEN_NAMES } from './cloudColumns.js';
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

const shapesOption = z.record(z.string().min(1), z.union([z.int().min(1).max(4096), z.literal('text')])).optional();

const xyzOptions = z
  .strictObject({
    path: z.string().min(1).describe('XYZ file, plain or gzipped, or directory of them.'),
    species: nameOption.describe(
      'Property that is the species of a point; by default `species`, `symbols` or `element`, else `Z` or `numbers`, as the symbol of the element.',
    ),
    label: nameOption.describe(
      'Key of the comment line whose value becomes the column `label`: a class from 0 to 255, another number or a text, as the first frame has.',
    ),
    cell: z
      .boolean()
      .default(false)
      .describe('Whether the lattice becomes the columns `cell` and `pbc`; frames without one do not repeat.'),
    info: shapesOption.describe(
      'Keys of the comment line that become columns, each with how many numbers its value has, or `text`: `{ energy: 1, stress: 9 }`.',
    ),
    arrays: shapesOption.describe(
      'Properties of the points that become columns, each with how many numbers it has, or `text`: `{ forces: 3 }`.',
    ),
    origin: z
      .boolean()
      .default(false)
      .describe('Whether the columns `file` and `frame` name the file of a frame, and count the frame in it from 0.'),
    ...cloudOptions('frame'),
    batchRows: z.int().min(1).max(65_536).default(64).describe('Frames in a batch, at most.'),
  })
  .superRefine(({ label, classes, info, arrays }, context) => {
    if (classes && label === undefined) {
      context.addIssue({ code: 'custom', path: ['classes'], message: 'expected label, whose words they are' });
    }
    const names = [...Object.keys(info ?? {}), ...Object.keys(arrays ?? {})];
    for (const [option, shapes] of Object.entries({ info, arrays })) {
      for (const name of Object.keys(shapes ?? {})) {
        const isTwice = names.filter((other) => other === name).length > 1;
        if (!isTwice && !TAKEN_NAMES.includes(name)) continue;
        const message = `expected a name that no other column has, got ${name}`;
        context.addIssue({ code: 'custom', path: [option, name], message });
      }
    }
  });
type Options = z.output<typeof xyzOptions>;

export const xyzSource: SourceDefinition<typeof xyzOptions> = {
  name: 'xyz',
  summary: 'Reads the frames of XYZ and extended XYZ files as point clouds: molecules, crystals, trajectories.',
  description: `Gives \`image\` (the index of the frame, through all files), \`points\` in the units of the file, and \`species\`. Options add
\`label\`, \`cell\`, \`pbc\`, where the frame comes from, and further values of frames and points under their own names. In extended XYZ
\`Properties=species:S:1:pos:R:3:…\` of the comment line tells the columns; without it they are species, x, y, z, and further ones are passed over.

A cell is the \`Lattice\` and \`pbc\` of extended XYZ, the \`CELL\` of i-PI in ångström, or lines \`VEC1\` to \`VEC3\` after the points. A comment line with
\`Properties\`, \`Lattice\` or \`pbc\` that cannot be read is an error; any other is free text.

With \`damaged: leaveOut\` reading goes on at the next number of points that a frame follows.

A directory stands for its files \`*.xyz\`, \`*.extxyz\`, and these with \`.gz\`, in the order of their names. A batch also leaves when it has a million points.

Memory: a chunk, the frame under way, and one batch.`,
  example: `source:
  xyz: { path: molecules.xyz }     # of a training set: { path: train.xyz, cell: true, info: { energy: 1 }, arrays: { forces: 3 } }`,
  options: xyzOptions,
  reads: ({ path }, context) => [context.resolvePath(path)],
  leavingOut: (options) => ({ ...options, damaged: 'leaveOut' }),
  staticSchema: (options) => knownCloudsSchema(contentOf(options), options),
  splits: (options, context, wish) => splitClouds(context.resolvePath(options.path), formatOf(options), options, wish),
  open: (options, context, split) =>
    openClouds(context.resolvePath(options.path), formatOf(options), contentOf(options), options, split),
};

function formatOf(options: Options): CloudFormat {
  return {
    kind: 'an XYZ file',
    cloud: 'frame',
    endings: ['.xyz', '.extxyz', '.xyz.gz', '.extxyz.gz'],
    startParser: (path, labelType, leftOut, clouds, start) =>
      new XyzParser(path, options, labelType, leftOut, clouds, start),
    starts: frameStarts,
  };
}

function contentOf({ cell, origin, info, arrays }: Options): UnlabelledContent {
  return { origin, species: true, cell, info, arrays };
}
