import { describe, expect, it } from 'vitest';
import { quoted, shown } from '#dist/clouds/text.js';

describe('quoted', () => {
  it('escapes what a terminal would obey, and shows the rest as it is', () => {
    const text = 'a\u001b[31m\u0007\u007f\u009b31m\u202e\u2066\u200f\u2028\ufeff\ud800 "é水😀';
    expect(quoted(text)).toBe(
      String.raw`"a\u001b[31m\u0007\u007f\u009b31m\u202e\u2066\u200f\u2028\ufeff\ud800 \"é水😀"`,
    );
    expect(shown('a\u001b[31m\u{e0041}é')).toBe(String.raw`a\u001b[31m\udb40\udc41é`);
  });

  it('shows the beginning of what is long', () => {
    expect(quoted('x'.repeat(100))).toBe(`"${'x'.repeat(60)}…"`);
    expect(shown('x'.repeat(100))).toBe(`${'x'.repeat(60)}…`);
  });
});
