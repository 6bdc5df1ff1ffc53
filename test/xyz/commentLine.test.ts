import { describe, expect, it } from 'vitest';
import { CommentLine } from '#dist/xyz/commentLine.js';

const fail = (detail: string, column?: number): never => {
  throw new Error(`${column}: ${detail}`);
};
const valueOf = (line: string, key: string): string | undefined => new CommentLine(line, fail).value(key, fail);
const pbcOf = (line: string): string | undefined => new CommentLine(line, fail).frameValue('pbc', fail);

describe('CommentLine', () => {
  it.each([
    ['a bare word', 'a=-1.5', '-1.5'],
    ['quotes', 'a="two words"', 'two words'],
    ['escapes', String.raw`a="say \"b=1\" Lattice=none \\"`, String.raw`say "b=1" Lattice=none ${'\\'}`],
    ['apostrophes', "a='1 0 0'", '1 0 0'],
    ['words in apostrophes', "a='two words'", 'two words'],
    ['one word in apostrophes', "a='word'", 'word'],
    ['an apostrophe', "a=it's", "it's"],
    ['an apostrophe at the beginning', "a='tis", "'tis"],
    ['an apostrophe in quotes', `a="it's"`, "it's"],
    ['braces', 'a={1 2 3}', '1 2 3'],
    ['texts in braces', 'a={x "} =" y}', 'x "} =" y'],
    ['brackets', 'a=[1, 2, 3]', '[1, 2, 3]'],
    ['texts in brackets', 'a=["relaxed ", "b]"]', '["relaxed ", "b]"]'],
    ['words in brackets without commas', 'a=[T F S]', '[T F S]'],
    ['rows', 'a=[[1, 0], [0, 1]]', '[[1, 0], [0, 1]]'],
    ['rows of texts', 'a=[["x]", y], [z, "w"]]', '[["x]", y], [z, "w"]]'],
    ['nothing', 'a=', ''],
    ['spaces around =', 'a = 1', '1'],
    ['commas', 'a=b,c', 'b,c'],
    ['a SMILES code', String.raw`a=F/C=C\F`, String.raw`F/C=C\F`],
    ['an escaped space', String.raw`a=b\ c`, String.raw`b\ c`],
    ['a word alone', 'a', 'T'],
    ['umlauts', 'a=Zürich', 'Zürich'],
  ])('reads a value of %s, and what follows it', (_, pair, value) => {
    for (const line of [`${pair} pbc="F F F"`, `x=1\t${pair}  pbc = {F F F}\r`, `pbc='F F F' ${pair}`]) {
      expect([valueOf(line, 'a'), pbcOf(line)]).toEqual([value, 'F F F']);
    }
  });

  it('reads keys in quotes, braces, brackets and apostrophes', () => {
    for (const key of ['"pbc"', '{pbc}', '[pbc]', "'pbc'", 'PBC']) expect(pbcOf(`a=1 ${key}="F F F"`)).toBe('F F F');
    expect(valueOf(String.raw`"a \"key\""=1`, 'a "key"')).toBe('1');
  });

  it('needs no space after a value in quotes', () => {
    expect(pbcOf('a="1"pbc="F F F"')).toBe('F F F');
    expect(pbcOf("pbc='F F F'a=1")).toBe('F F F');
  });

  it('takes a line that is no sequence of pairs for free text, unless a value of it is wanted', () => {
    for (const line of ['', "water's end 5' and all", 'a "quoted b=1" x', '5" [open', '= 3', 'C:\\x\\']) {
      expect(pbcOf(line), line).toBeUndefined();
    }
    expect(() => valueOf('energy=1 5" [open', 'energy')).toThrow('11: expected a key, got "\\" [open"');
  });

  it.each([
    ['an open quote', 'Properties=species:S:1:pos:R:3 a="x', '34: expected a value of "a", got "\\"x"'],
    ['an open bracket', 'pbc=[T, T', '5: expected a value of "pbc", got "[T, T"'],
    ['a quote in a word', 'pbc="T T T" a=5"', '15: expected a value of "a", got "5\\""'],
    ['a value without a key', 'lattice="1 1 1" = 5', '17: expected a key, got "= 5"'],
    ['a quoted word alone', 'Lattice "1 1 1" pbc=T', '9: expected key=value, got "\\"1 1 1\\" pbc=T"'],
    [
      'a key without its value',
      'Properties=species:S:1:pos:R:3 Lattice',
      '32: expected Lattice=, got only the word "Lattice"',
    ],
    ['a key with a letter too many', 'pbc=F L,attice="1 1 1"', '7: expected Lattice=, got "L,attice"='],
    ['text after a text', 'a="b"c pbc=T', '6: expected key=value, got "c pbc=T"'],
    ['a pair within a value', 'a=b=pbc=T', '3: expected a value of "a", got "b=pbc=T"'],
    [
      'apostrophes that may be of two words',
      `a='tis pbc="F F F" b=its'`,
      `3: expected a value of "a", got "'tis pbc=\\"F F F\\" b=its'"`,
    ],
    [
      'a backslash in a key',
      String.raw`Lattice="1 1 1" pb\c="F F F"`,
      String.raw`19: expected a key, got "\\c=\"F F F\""`,
    ],
    ['a backslash in numbers', String.raw`pbc=T Lattice="1e\1 1 1"`, '15: expected a value of "Lattice", got '],
    [
      'columns under another key',
      'Propertys=species:S:1:pos:R:3 pbc=T',
      '1: expected Properties="species:S:1:pos:R:3", got "Propertys"=',
    ],
    ['two values', 'pbc=T a=1 PBC=F', '11: expected one value of PBC, got "T" and "F"'],
  ])('rejects %s where the line says how the frame is read', (_, line, message) => {
    const read = (): void => {
      const comment = new CommentLine(line, fail);
      comment.frameValue('pbc', fail);
      comment.frameValue('properties', fail);
    };
    expect(read).toThrow(message);
  });

  it('lets a key come twice with one value', () => {
    expect(pbcOf('pbc=T a=1 pbc="T"')).toBe('T');
    expect(valueOf('a=1 a=1', 'a')).toBe('1');
    expect(() => valueOf('a=1 b=2 a=3', 'a')).toThrow('9: expected one value of a, got "1" and "3"');
  });

  it('takes time in proportion to the length of the line', () => {
    // Backtracking would take hours on any of these; the test's own time limit is the check.
    const parts = ['a', ' ', '"', '=', 'a ', '{', '[', '\\"', "'a", '=[', 'a={"', 'a={[', "a='", 'a=[["', 'a= ', '\\'];
    for (const part of [...parts, 'properties ', 'pbc= ', 'a={x "1} ', 'a={\\"} ']) {
      const line = `k=v ${part.repeat(200_000)}`;
      try {
        expect(new CommentLine(line, fail)).toBeDefined();
      } catch (error) {
        expect((error as Error).message).toMatch(/^\d+: expected /);
      }
    }
    expect(valueOf(`v="${'1.234567 '.repeat(1e6)}" k=v`, 'k')).toBe('v');
  });
});
