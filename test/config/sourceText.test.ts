import { describe, expect, it } from 'vitest';
import { SourceText } from '#dist/config/sourceText.js';

describe('SourceText', () => {
  it('tells offsets as lines and columns from 1, whatever ends the lines', () => {
    const source = new SourceText('f', '\uFEFFab\r\n\ncd');
    const at = (start: number, end = start): (string | number)[] => {
      const { line, column, endColumn } = source.locate([start, end]);
      return [line, column, endColumn];
    };
    expect(source.text).toBe('ab\r\n\ncd');
    expect(at(0, 2)).toEqual([1, 1, 3]);
    expect(at(2)).toEqual([1, 3, 3]);
    expect(at(4)).toEqual([2, 1, 1]);
    expect(at(5, 7)).toEqual([3, 1, 3]);
    expect(at(7)).toEqual([3, 3, 3]);
  });

  it('cuts a range at the end of its first line', () => {
    expect(new SourceText('f', 'ab\r\ncd').locate([1, 6])).toEqual({ file: 'f', line: 1, column: 2, endColumn: 3 });
  });

  it('locates the start of an empty text', () => {
    expect(new SourceText('f', '').locate([0, 0])).toEqual({ file: 'f', line: 1, column: 1, endColumn: 1 });
  });

  it('agrees with counting, at every offset', () => {
    const text = 'a\n\nbcd\r\n\r\ne\tf\n\n';
    const source = new SourceText('f', text);
    for (let offset = 0; offset <= text.length; offset++) {
      const before = text.slice(0, offset).split('\n');
      expect(source.locate([offset, offset])).toMatchObject({
        line: before.length,
        column: (before.at(-1)?.length ?? 0) + 1,
      });
    }
  });
});
