import type { PackedTexts } from './textPacker.js';

/** A point cloud as a file tells it. */
export interface Cloud {
  /** (x, y, z) of each point, in the units of the file. */
  readonly points: Float64Array;
  /** Element or label of each point. */
  readonly species?: PackedTexts;
  /** Class of the cloud, another number, or a text. */
  readonly label?: number | string;
  /** The vectors a, b and c of the lattice, row by row; zeros where there is none. */
  readonly cell?: Float64Array;
  /** 1 for each of a, b, c along which the cloud repeats, else 0. */
  readonly pbc?: Uint8Array;
  /** Further values of the cloud, as they were asked for. */
  readonly info?: readonly (Float64Array | string)[];
  /** Further values of each point, one after the other, as they were asked for. */
  readonly arrays?: readonly (Float64Array | PackedTexts)[];
  /** Which one of its file it is, from 0. */
  readonly frame?: number;
}

/** How many numbers a further value has, or that it is a text. */
export type ValueShape = number | 'text';
