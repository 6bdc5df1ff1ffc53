import { z } from 'zod';
import { PipelineError } from '../errors.js';

const cloudPlace = z.strictObject({
  /** Index among the files. */
  file: z.int().min(0),
  frame: z.int().min(0),
  line: z.int().min(1),
  position: z.int().min(0),
  /** The number of the cloud, through all files. */
  image: z.int().min(0),
});
export type CloudPlace = Readonly<z.output<typeof cloudPlace>>;

/** Consecutive clouds of some files; `to` is the first that is not among them. */
export const cloudRange = z.strictObject({ from: cloudPlace, to: cloudPlace });
export type CloudRange = Readonly<z.output<typeof cloudRange>>;

/** What of a file is read: from its start, unless another is given, to its end. */
export interface Piece {
  readonly file: number;
  readonly start?: CloudPlace;
  /** Bytes. */
  readonly end?: number;
}

/** The pieces of files that a range consists of. */
export function piecesOf({ from, to }: CloudRange): Piece[] {
  const files = Array.from({ length: to.file - from.file + 1 }, (_, i) => from.file + i);
  return files.flatMap((file): Piece[] => {
    if (file === to.file && to.position === 0) return [];
    return [{ file, ...(file === from.file && { start: from }), ...(file === to.file && { end: to.position }) }];
  });
}

/** @throws PipelineError `badData` if other clouds were read than were found when the range was made */
export function expectClouds(path: string, { from, to }: CloudRange, image: number): void {
  if (image === to.image) return;
  const detail = `expected ${to.image - from.image} point clouds from number ${from.image} on, found ${image - from.image}`;
  throw new PipelineError('badData', `${path}: ${detail}: it has changed; plan again`);
}
