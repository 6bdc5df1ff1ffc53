import type { PackedTexts } from './textPacker.js';

/** What a file says of a point cloud as a whole. */
export interface CloudValues {
  /** Class of the cloud, another number, or a text. */
  readonly label?: number | string;
  /** The vectors a, b and c of the lattice, row by row; zeros where there is none. */
  readonly cell?: Float64Array;
  /** 1 for each of a, b, c along which the cloud repeats, else 0. */
  readonly pbc?: Uint8Array;
  /** Further values of the cloud, as they were asked for. */
  readonly info?: readonly (Float64Array | string)[];
}

/** Point clouds as files tell them, one after the other. */
export interface Clouds {
  /** Where the points of each begin, and where those of the last end. */
  readonly offsets: Int32Array;
  /** (x, y, z) of each point, in the units of the file. */
  readonly points: Float64Array;
  /** Element or label of each point. */
  readonly species?: PackedTexts;
  /** Further values of each point, as they were asked for. */
  readonly arrays: readonly (Float64Array | PackedTexts)[];
  /** Of each cloud. */
  readonly values: readonly CloudValues[];
  /** Which one of its file each is, from 0. */
  readonly frames: readonly number[];
}

/** How many numbers a further value has, or that it is a text. */
export type ValueShape = number | 'text';
