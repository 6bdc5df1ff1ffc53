import { describe, expect, it } from 'vitest';
import { Diagnostics, type Diagnostic, type DocumentPlace } from '#dist/config/diagnostics.js';
import { renderDiagnostic, renderDiagnostics } from '#dist/config/renderDiagnostics.js';

function at(line: number, column: number, endColumn = column + 1, file = 'p.yaml'): DocumentPlace {
  return { path: 'x', location: { file, line, column, endColumn } };
}

const argument: DocumentPlace = { path: 'x', location: { argument: '--set x=1' } };

describe('Diagnostics', () => {
  it('sorts by position: arguments, then files, lines and columns; equal positions as reported', () => {
    const diagnostics = new Diagnostics();
    diagnostics.error(at(2, 1), 'e');
    diagnostics.error(at(1, 9), 'c');
    diagnostics.error(at(1, 1, 2, 'q.yaml'), 'g');
    diagnostics.warning(at(1, 9), 'd');
    diagnostics.error(at(1, 2), 'b');
    diagnostics.error(at(10, 1), 'f');
    diagnostics.error(argument, 'a');
    expect(diagnostics.sorted().map(({ message }) => message)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('keeps what is reported twice at one place only once', () => {
    const diagnostics = new Diagnostics();
    diagnostics.error(at(1, 1), 'a');
    diagnostics.error({ ...at(1, 1), path: 'alias' }, 'a');
    diagnostics.error(at(1, 2), 'a');
    expect([...diagnostics]).toHaveLength(2);
  });

  it('has errors only if something is worse than a warning', () => {
    const diagnostics = new Diagnostics();
    expect(diagnostics.hasErrors).toBe(false);
    diagnostics.warning(at(1, 1), 'a');
    expect(diagnostics.hasErrors).toBe(false);
    diagnostics.error(at(1, 1), 'a');
    expect(diagnostics.hasErrors).toBe(true);
  });

  it('gives plain data to JSON.stringify', () => {
    const diagnostics = new Diagnostics();
    diagnostics.error({ ...at(3, 4, 8), path: 'pipelines.a' }, 'wrong', 'right');
    diagnostics.warning(argument, 'odd');
    expect(JSON.parse(JSON.stringify(diagnostics))).toStrictEqual([
      { severity: 'warning', message: 'odd', path: 'x', location: { argument: '--set x=1' } },
      {
        severity: 'error',
        message: 'wrong',
        path: 'pipelines.a',
        location: { file: 'p.yaml', line: 3, column: 4, endColumn: 8 },
        suggestion: 'right',
      },
    ]);
  });
});

describe('renderDiagnostic', () => {
  const base: Diagnostic = { severity: 'error', message: 'soap.rCut: bad', ...at(3, 3, 7) };
  const render = (text: string, diagnostic: Partial<Diagnostic> = {}, color = false): string =>
    renderDiagnostic({ ...base, ...diagnostic }, { sources: new Map([['p.yaml', text]]), color });

  it('shows two lines around the place, underlines the range, and ends with note and suggestion', () => {
    const text = 'one\ntwo\n  rCut: -1\nfour\nfive\nsix\n';
    expect(render(text, { suggestion: 'sigma', note: 'used at p.yaml:9:1' })).toBe(
      [
        'p.yaml:3:3 soap.rCut: bad',
        '  1 | one',
        '  2 | two',
        '> 3 |   rCut: -1',
        '    |   ^^^^',
        '  4 | four',
        '  5 | five',
        'note: used at p.yaml:9:1',
        'did you mean sigma?',
      ].join('\n'),
    );
  });

  it('aligns line numbers of different lengths', () => {
    const text = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join('\n');
    expect(render(text, at(9, 6))).toBe(
      ['p.yaml:9:6 soap.rCut: bad', '   7 | line 7', '   8 | line 8', '>  9 | line 9', '     |      ^'].join('\n') +
        '\n  10 | line 10\n  11 | line 11',
    );
  });

  it('marks one column where the range is empty, at the end of a line or of an empty file', () => {
    expect(render('a:\n', at(1, 3, 3))).toBe('p.yaml:1:3 soap.rCut: bad\n> 1 | a:\n    |   ^');
    expect(render('', at(1, 1, 1))).toBe('p.yaml:1:1 soap.rCut: bad\n> 1 |\n    | ^');
  });

  it('keeps tabs, so that the underline stands below the range', () => {
    expect(render('\ta\tbc', at(1, 4, 6))).toBe('p.yaml:1:4 soap.rCut: bad\n> 1 | \ta\tbc\n    | \t \t^^');
  });

  it('shows no carriage return, byte order mark or control character', () => {
    expect(render('\uFEFFa: 1\r\nb: \u001B[31m2\r\n', at(2, 1, 2))).toBe(
      'p.yaml:2:1 soap.rCut: bad\n  1 | a: 1\n> 2 | b: ·[31m2\n    | ^',
    );
  });

  it('shows a window of a very long line', () => {
    const text = `${'x'.repeat(500)}HERE${'y'.repeat(500)}`;
    const [, shown = '', carets = ''] = render(text, at(1, 501, 505)).split('\n');
    expect(shown.length).toBeLessThan(160);
    expect(shown.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('has no frame for an argument, or without the text of the file', () => {
    expect(render('', argument)).toBe('--set x=1 soap.rCut: bad');
    expect(renderDiagnostic(base, { sources: new Map() })).toBe('p.yaml:3:3 soap.rCut: bad');
  });

  it('names warnings', () => {
    expect(render('', { severity: 'warning', ...argument })).toBe('--set x=1 warning: soap.rCut: bad');
  });

  it('colours only if asked, and with the same text', () => {
    const text = 'a\nb\n  rCut: 1\n';
    const colored = render(text, { suggestion: 'sigma' }, true);
    expect(colored).toContain('\u001B[31m^^^^\u001B[0m');
    // oxlint-disable-next-line no-control-regex
    expect(colored.replaceAll(/\u001B\[\d+m/g, '')).toBe(render(text, { suggestion: 'sigma' }));
    expect(render(text)).not.toContain('\u001B');
  });

  it('separates several by a blank line', () => {
    expect(renderDiagnostics([base, base], { sources: new Map() })).toBe(
      'p.yaml:3:3 soap.rCut: bad\n\np.yaml:3:3 soap.rCut: bad',
    );
  });
});
