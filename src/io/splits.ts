import { z } from 'zod';

/** Consecutive things by their numbers; `to` is exclusive. */
export const rangeSchema = z.strictObject({ from: z.int().min(0), to: z.int() });
export type Range = Readonly<z.output<typeof rangeSchema>>;

export function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** Cuts so many things of one size into at most `most` ranges of about one length, none of them empty. */
export function evenRanges(count: number, most: number): Range[] {
  const n = Math.min(count, most);
  return Array.from({ length: n }, (_, i) => ({
    from: Math.floor((i * count) / n),
    to: Math.floor(((i + 1) * count) / n),
  }));
}

/** Cuts things of several sizes, in their order, into at most `most` ranges of about one size, none of them empty. */
export function evenRuns(sizes: readonly number[], most: number): Range[] {
  const total = sumOf(sizes);
  const starts: number[] = [];
  let before = 0;
  for (const [i, size] of sizes.entries()) {
    if (starts.length < most && before * most >= starts.length * total) starts.push(i);
    before += size;
  }
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? sizes.length }));
}
