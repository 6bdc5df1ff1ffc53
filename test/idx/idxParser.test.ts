import { describe, expect, it } from 'vitest';
import { IdxParser } from '#dist/idx/idxParser.js';
import { idxFile } from '../support/idx.js';

const elements = Uint8Array.from({ length: 24 }, (_, i) => 7 * i);
const file = idxFile([4, 2, 3], elements);
const badData = (message: string): Error =>
  expect.objectContaining({ name: 'PipelineError', code: 'badData', message }) as Error;

/** Feeds the parser with chunks of these lengths, over and over. */
function parse(bytes: Uint8Array, ...lengths: readonly number[]): { parser: IdxParser; elements: number[] } {
  const parser = new IdxParser('images', 3);
  const found: number[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!;
    found.push(...parser.push(bytes.subarray(at, at + length)));
    at += length;
  }
  return { parser, elements: found };
}

describe('IdxParser', () => {
  it.each([[[1]], [[3]], [[16]], [[17]], [[2, 15, 1]], [[1000]]])('reads a file in chunks of %o bytes', (lengths) => {
    const result = parse(file, ...lengths);
    expect(result.elements).toEqual([...elements]);
    expect(result.parser.header).toEqual({ shape: [4, 2, 3] });
    expect(() => result.parser.end()).not.toThrow();
  });

  it('knows the header once its last byte has arrived', () => {
    expect(parse(file.subarray(0, 15), 4).parser.header).toBeUndefined();
    expect(parse(file.subarray(0, 16), 4).parser.header).toEqual({ shape: [4, 2, 3] });
  });

  it('gives views of its chunks, and takes empty ones', () => {
    const parser = new IdxParser('images', 3);
    expect(parser.push(new Uint8Array(0))).toHaveLength(0);
    expect(parser.push(file).buffer).toBe(file.buffer);
    expect(parser.push(new Uint8Array(0))).toHaveLength(0);
  });

  it('reads sides of 32 bits without sign', () => {
    const parser = new IdxParser('images', 3);
    parser.push(idxFile([2 ** 32 - 1, 2 ** 31, 1], new Uint8Array(5)));
    expect(parser.header).toEqual({ shape: [2 ** 32 - 1, 2 ** 31, 1] });
    expect(() => parser.end()).toThrow(/^images: expected 9223372034707292000 bytes .* got 5/);
  });

  it('accepts files of no elements', () => {
    expect(parse(idxFile([0, 28, 28], new Uint8Array(0)), 5).parser.end()).toBeUndefined();
  });

  it('rejects a file of another kind as soon as its first four bytes are there', () => {
    const parser = new IdxParser('labels', 1);
    parser.push(file.subarray(0, 3));
    expect(() => parser.push(file.subarray(3, 4))).toThrow(
      badData('labels: expected an IDX file of unsigned bytes in 1 dimensions (00 00 08 01), got 00 00 08 03'),
    );
    const floats = Uint8Array.from(file).with(2, 0x0d);
    expect(() => parse(floats, 100)).toThrow(
      badData('images: expected an IDX file of unsigned bytes in 3 dimensions (00 00 08 03), got 00 00 0d 03'),
    );
  });

  it('rejects more elements than the header says', () => {
    const message = 'images: expected 24 bytes of data after the header, got more';
    for (const length of [1, 40, 100]) {
      expect(() => parse(Uint8Array.of(...file, 0), length)).toThrow(badData(message));
    }
  });

  it('rejects an end before the end', () => {
    expect(() => new IdxParser('images', 3).end()).toThrow(
      badData('images: expected an IDX header of 16 bytes, got 0'),
    );
    expect(() => parse(file.subarray(0, 9), 4).parser.end()).toThrow(
      badData('images: expected an IDX header of 16 bytes, got 9'),
    );
    expect(() => parse(file.subarray(0, -3), 4).parser.end()).toThrow(
      badData('images: expected 24 bytes of data after the header, got 21: the file is cut off'),
    );
  });
});
