import { expect, it } from 'vitest';
import { visible } from '#dist/visible.js';

it('shows what a terminal would act on as JSON escapes it, and leaves the rest', () => {
  expect(visible('\u001B[31mred\u0007\r\u009B1m \u202Eevil\u2066 \uFEFF\u007F')).toBe(
    String.raw`\u001b[31mred\u0007\u000d\u009b1m \u202eevil\u2066 \ufeff\u007f`,
  );
  expect(visible('a\tb\nç – 水 \u{1F9EA}')).toBe('a\tb\nç – 水 \u{1F9EA}');
  const json = JSON.stringify({ name: '\u202E"\\\u009B' });
  expect(JSON.parse(visible(json))).toEqual(JSON.parse(json));
});
