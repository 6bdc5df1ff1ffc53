import type { PackedTexts } from './textPacker.js';

/** A point cloud as a file tells it. */
export interface Cloud {
  /** (x, y, z) of each point, in the units of the file. */
  readonly points: Float64Array;
  /** Element or label of each point. */
  readonly species?: PackedTexts;
  /** Class of the cloud, 0 to 255. */
  readonly label?: number;
  /** The vectors a, b and c of the lattice, row by row. */
  readonly cell?: Float64Array;
  /** 1 for each of a, b, c along which the cloud repeats, else 0. */
  readonly pbc?: Uint8Array;
}
