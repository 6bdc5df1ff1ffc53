import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Inflater } from '#dist/idx/inflater.js';
import { randomNumbers } from '../support/batches.js';

const random = randomNumbers(1);
/** Long enough for several blocks and for matches far back. */
const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i % 7000 < 3500 ? Math.floor(256 * random()) : i % 11));
const badData = (message: string): Error =>
  expect.objectContaining({ name: 'PipelineError', code: 'badData', message }) as Error;

function inflate(bytes: Uint8Array, length: number): Buffer {
  const inflater = new Inflater('images');
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += length) out.push(...inflater.push(bytes.subarray(at, at + length)));
  return Buffer.concat([...out, ...inflater.end()]);
}

describe('Inflater', () => {
  it.each([1, 100, 65_536, 1_000_000])('hands on plain bytes and inflates gzip, in chunks of %i', (length) => {
    for (const bytes of [content, ...[0, 1, 9].map((level) => gzipSync(content, { level }))]) {
      const part = length === 1 ? bytes.subarray(0, 3000) : bytes;
      if (part.length < bytes.length && bytes !== content) continue;
      expect(inflate(part, length).equals(bytes === content ? part : content)).toBe(true);
    }
    const small = content.subarray(0, 2000);
    expect(inflate(gzipSync(small), length).equals(small)).toBe(true);
  });

  it('inflates as chunks arrive, and not at the end', () => {
    const compressed = gzipSync(content);
    const inflater = new Inflater('images');
    const half = inflater.push(compressed.subarray(0, compressed.length / 2));
    expect(half.reduce((sum, chunk) => sum + chunk.length, 0)).toBeGreaterThan(content.length / 4);
  });

  it('inflates files of several members', () => {
    const parts = [content.subarray(0, 1000), content.subarray(1000, 1000), content.subarray(1000, 5000)];
    const bytes = Buffer.concat(parts.map((part) => gzipSync(part)));
    for (const length of [1, 33, bytes.length])
      expect(inflate(bytes, length).equals(content.subarray(0, 5000))).toBe(true);
  });

  it('takes nothing, a byte, and what only begins like gzip for plain', () => {
    for (const bytes of [[], [0x1f], [0x8b, 0x1f], [0x1f, 0x00, 0x8b]]) {
      for (const length of [1, 3]) expect([...inflate(Uint8Array.from(bytes), length)]).toEqual(bytes);
    }
  });

  it('takes empty chunks anywhere', () => {
    const inflater = new Inflater('images');
    const compressed = gzipSync(content);
    const none = new Uint8Array(0);
    const chunks = [none, compressed.subarray(0, 1), none, compressed.subarray(1), none];
    const out = chunks.flatMap((chunk) => inflater.push(chunk));
    expect(Buffer.concat([...out, ...inflater.end()]).equals(content)).toBe(true);
  });

  it('rejects gzip data that is cut off, up to its last byte', () => {
    const compressed = gzipSync(content.subarray(0, 200));
    for (let length = 2; length < compressed.length; length++) {
      for (const chunk of [1, length]) {
        expect(() => inflate(compressed.subarray(0, length), chunk), `${length} bytes`).toThrow(
          expect.objectContaining({ code: 'badData' }) as Error,
        );
      }
    }
  });

  it('compares checksum and length', () => {
    const compressed = gzipSync(content);
    for (const fromEnd of [1, 5]) {
      const damaged = Uint8Array.from(compressed);
      damaged[damaged.length - fromEnd]! ^= 1;
      expect(() => inflate(damaged, 10_000)).toThrow(
        badData('images: damaged gzip data (its checksum or length differs)'),
      );
    }
  });

  it('rejects what follows gzip data and is none', () => {
    expect(() => inflate(Buffer.concat([gzipSync(content), Buffer.alloc(20)]), 10_000)).toThrow(
      badData('images: damaged gzip data (invalid gzip data)'),
    );
  });

  it.each([
    ['bzip2', '425a683931415926'],
    ['xz', 'fd377a585a000004'],
    ['zstd', '28b52ffd24000100'],
    ['lz4', '04224d1864a70000'],
  ])('names %s, however it is cut', (name, start) => {
    for (const length of [1, 3, 8]) {
      const message = `images: expected a file that is plain or gzipped, found one that is compressed by ${name}`;
      expect(() => inflate(Buffer.from(start, 'hex'), length)).toThrow(badData(message));
    }
  });

  it('stops where a few bytes become too many', () => {
    process.env.SOAPSTREAM_MAX_EXPANSION = '4';
    onTestFinished(() => void delete process.env.SOAPSTREAM_MAX_EXPANSION);
    const bomb = gzipSync(new Uint8Array(20_000_000));
    expect(() => inflate(bomb, 4096)).toThrow(
      /^images: expected \d+ bytes to become 4194304 at most, got \d+ or more; /,
    );
    process.env.SOAPSTREAM_MAX_EXPANSION = '1100';
    expect(inflate(bomb, 4096)).toHaveLength(20_000_000);
  });
});
