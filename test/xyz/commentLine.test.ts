import { describe, expect, it } from 'vitest';
import { parseComment } from '#dist/xyz/commentLine.js';

const pairsOf = (line: string): Record<string, string> => Object.fromEntries(parseComment(line));

describe('parseComment', () => {
  it('reads bare values, and values in quotes, braces and brackets', () => {
    const line = `energy=-1.5 name="two words" old='single' list={1 2 3} array=[1, 2, 3] matrix=[[1, 0], [0, 1]] flag`;
    expect(pairsOf(line)).toEqual({
      energy: '-1.5',
      name: 'two words',
      old: 'single',
      list: '1 2 3',
      array: '[1, 2, 3]',
      matrix: '[[1, 0], [0, 1]]',
    });
  });

  it('reads quoted keys, spaces around =, tabs and the end of a CRLF line', () => {
    expect(pairsOf('"a key"=1\tb = 2  c="3"\r')).toEqual({ 'a key': '1', b: '2', c: '3' });
  });

  it('takes escaped quotes for part of a value, and looks for no keys in one', () => {
    expect(pairsOf(String.raw`comment="say \"pbc=T\" Lattice=none \\" pbc="F F F"`)).toEqual({
      comment: String.raw`say "pbc=T" Lattice=none ${'\\'}`,
      pbc: 'F F F',
    });
  });

  it('passes over free text, odd quotes included', () => {
    expect(pairsOf('water\'s end 5\' "quoted a=1" x')).toEqual({});
    expect(pairsOf('')).toEqual({});
    expect(pairsOf('Lattice="1 0 0 a=2')).toEqual({ Lattice: '"1', a: '2' });
  });

  it('lets the last value of a key count', () => {
    expect(pairsOf('a=1 b=2 a=3')).toEqual({ a: '3', b: '2' });
  });

  it('takes time in proportion to the length of the line', () => {
    // Backtracking would take hours on any of these; the test's own time limit is the check.
    for (const part of ['a', ' ', '"', '=', 'a ', '{', '[', '\\"', "'a", '=[']) {
      expect(parseComment(`k=v ${part.repeat(20_000)}`).get('k')).toBe('v');
    }
  });
});
