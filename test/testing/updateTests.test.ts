import { describe, expect, it } from 'vitest';
import { runTest } from '#dist/testing/runTest.js';
import { updateTests } from '#dist/testing/updateTests.js';
import { planWithTest } from './support.js';

const START = `pipeline: describe # kept
from: filter


input:   [{ image: 0, soap: [1, 2] }, { image: 1, soap: [ 3, 0.123456789] }]
`;

/** What becomes of the expectations of a test. */
async function updated(expected: string): Promise<string> {
  const { plan, text } = await planWithTest(START + expected);
  const test = plan.tests.get('t')!;
  const { found } = await runTest(plan, test, new AbortController().signal);
  const next = updateTests(text, [{ test, found: found! }]);
  const head = text.indexOf('    pipeline: describe');
  expect(next.slice(0, head)).toBe(text.slice(0, head));
  const body = next.slice(head).replaceAll(/^ {4}/gm, '');
  expect(body.startsWith(START)).toBe(true);
  return body.slice(START.length);
}

describe('--update', () => {
  it('replaces single values where rows keep their shape, and leaves comments and spaces alone', async () => {
    const before = `expect:   # what must come out
  rows:
    # the first
    - { image:  2,   soap: [3,
          0.2] } # one row
  count:    7  # rows
  checksum: old # of all
`;
    expect(await updated(before)).toBe(`expect:   # what must come out
  rows:
    # the first
    - { image:  1,   soap: [3,
          0.1234568] } # one row
  count:    1  # rows
  checksum: "2e24df3d9c461218" # of all
`);
  });

  it('leaves values that are within the tolerance as they are', async () => {
    const same = 'expect: { rows: [{ image: 1, soap: [3.0, 0.1234568] }], count: 1 }\n';
    expect(await updated(same)).toBe(same);
  });

  it('writes rows anew where their number or their columns differ, with the columns of the first', async () => {
    const before = `expect:
  rows:
    - image: 1
    - image: 2 # too many
  count: 1
`;
    expect(await updated(before)).toBe(`expect:
  rows:
    - { image: 1 }
  count: 1
`);
    expect(await updated('expect: { rows: [{ soap: [1] }] }\n')).toBe('expect: { rows: [{ soap: [3, 0.1234568] }] }\n');
  });

  it('writes the rows where nothing is expected yet', async () => {
    expect(await updated('# last\n')).toBe('expect:\n  rows:\n    - { image: 1, soap: [3, 0.1234568] }\n# last\n');
    expect(await updated('expect: {}\n')).toBe('expect: { rows: [{ image: 1, soap: [3, 0.1234568] }] }\n');
  });

  it('rounds to a tenth of the tolerance, and not at all where that is 0', async () => {
    expect(await updated('tolerance: 0.01\nexpect: { rows: [{ soap: [3, 1] }] }\n')).toBe(
      'tolerance: 0.01\nexpect: { rows: [{ soap: [3, 0.123] }] }\n',
    );
    expect(await updated('tolerance: 0\nexpect: { rows: [{ soap: [3, 1] }] }\n')).toBe(
      'tolerance: 0\nexpect: { rows: [{ soap: [3, 0.12345679104328156] }] }\n',
    );
  });
});
