import { expect } from 'vitest';

/** A `RangeError` of exactly that message; kernels throw a subclass, which has its place as data. */
export const rangeError = (message: string): unknown => expect.objectContaining({ name: 'RangeError', message });
