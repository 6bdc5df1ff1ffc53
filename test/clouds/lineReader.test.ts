import { describe, expect, it } from 'vitest';
import { LineReader, MAX_LINE_BYTES } from '#dist/clouds/lineReader.js';
import { textOf } from '#dist/clouds/text.js';
import { bytesOf } from '../support/cloudFiles.js';

const text = 'first\n\n third line\r\nfourth, ünï\n\n\nlast';
const lines = text.split('\n');

function take(reader: LineReader): string[] {
  const found: string[] = [];
  while (reader.next()) found.push(`${reader.number}:${textOf(reader.bytes, reader.start, reader.end)}`);
  return found;
}

function readAll(reader: LineReader, bytes: Uint8Array, chunkBytes: number): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.push(bytes.slice(at, at + chunkBytes));
    found.push(...take(reader));
  }
  reader.finish();
  return [...found, ...take(reader)];
}

const numbered = (from: number, all: readonly string[]): string[] =>
  all.slice(from).map((line, i) => `${from + i + 1}:${line}`);

describe('LineReader', () => {
  it.each([1, 2, 7, 20, 1000])('gives every line with its number, in chunks of %i bytes', (chunkBytes) => {
    expect(readAll(new LineReader('a'), bytesOf(text), chunkBytes)).toEqual(numbered(0, lines));
    expect(readAll(new LineReader('a'), bytesOf(`${text}\n`), chunkBytes)).toEqual(numbered(0, lines));
  });

  it.each([1, 2, 7, 1000])('ends lines as the first one ends, in chunks of %i bytes', (chunkBytes) => {
    const read = (whole: string): string[] => readAll(new LineReader('a'), bytesOf(whole), chunkBytes);
    expect(read('a\rb\n\rc')).toEqual(['1:a', '2:b\n', '3:c']);
    expect(read('a\r\nb\rc\r\n')).toEqual(['1:a\r', '2:b\rc\r']);
    expect(read('a\nb\rc')).toEqual(['1:a', '2:b\rc']);
    expect(read('a\r')).toEqual(['1:a']);
  });

  it('gives no lines of nothing', () => {
    expect(readAll(new LineReader('a'), new Uint8Array(0), 1)).toEqual([]);
  });

  it('takes empty chunks anywhere', () => {
    const reader = new LineReader('a');
    const found: string[] = [];
    for (const part of ['', 'a', '', 'b\n', '', 'c']) {
      reader.push(bytesOf(part));
      found.push(...take(reader));
    }
    reader.finish();
    expect([...found, ...take(reader)]).toEqual(['1:ab', '2:c']);
  });

  it('copies of a chunk no more than the lines that its ends cut', () => {
    const chunks = ['one\ntwo\nthr', 'ee\nfour\nfive\nsi', 'x\n'].map(bytesOf);
    const reader = new LineReader('a');
    const found: (readonly [text: string, position: number, isCopy: boolean])[] = [];
    for (const chunk of chunks) {
      reader.push(chunk);
      while (reader.next()) {
        const { bytes, start, end, position } = reader;
        found.push([textOf(bytes, start, end), position, bytes !== chunk]);
        if (bytes !== chunk) expect(bytes).toHaveLength(end + 1);
      }
    }
    expect(found).toEqual([
      ['one', 0, false],
      ['two', 4, false],
      ['three', 8, true],
      ['four', 14, false],
      ['five', 19, false],
      ['six', 24, true],
    ]);
  });

  it('keeps nothing of a chunk that the caller uses again', () => {
    const reader = new LineReader('a');
    const chunk = bytesOf('one\ntw');
    reader.push(chunk);
    expect(take(reader)).toEqual(['1:one']);
    chunk.fill(0);
    reader.push(bytesOf('o\n'));
    expect(take(reader)).toEqual(['2:two']);
  });

  it.each([1, 3, 7, 1000])(
    'passes over lines, of which blank ones do not count, in chunks of %i bytes',
    (chunkBytes) => {
      const counted = [...lines.keys()].filter((i) => lines[i]!.trim() !== '');
      for (let count = 0; count <= lines.length + 2; count++) {
        const reader = new LineReader('a');
        reader.skip(count);
        const last = counted[count - 1] ?? (count === 0 ? -1 : lines.length - 1);
        expect(readAll(reader, bytesOf(text), chunkBytes)).toEqual(numbered(last + 1, lines));
        expect(reader.toSkip).toBe(Math.max(0, count - counted.length));
      }
    },
  );

  it('passes over lines of any length', () => {
    const reader = new LineReader('a');
    reader.skip(1);
    const chunk = new Uint8Array(2 ** 20).fill(97);
    for (let bytes = 0; bytes <= 2 * MAX_LINE_BYTES; bytes += chunk.length) {
      reader.push(chunk);
      expect(reader.next()).toBe(false);
    }
    reader.push(bytesOf('\nnext\n'));
    expect(take(reader)).toEqual(['2:next']);
  });

  it('refuses to keep a line without end', () => {
    const reader = new LineReader('a.xyz');
    reader.push(bytesOf('first\n'));
    expect(take(reader)).toEqual(['1:first']);
    const chunk = new Uint8Array(2 ** 20).fill(97);
    expect(() => {
      for (;;) {
        reader.push(chunk);
        reader.next();
      }
    }).toThrow(
      expect.objectContaining({
        code: 'badData',
        message: 'a.xyz:2: expected a line of text, got more than 16777216 bytes without its end',
      }) as Error,
    );
  });

  it('hands over what follows a line', () => {
    const reader = new LineReader('a');
    reader.push(bytesOf('end\n\u0001\n2'));
    expect(reader.next()).toBe(true);
    expect([...reader.rest()]).toEqual([1, 10, 50]);
    expect(reader.next()).toBe(false);
  });
});
