import { describe, expect, it } from 'vitest';
import { parseTemplate, referencedNames } from '#dist/config/template.js';

describe('parseTemplate', () => {
  it.each<[string, unknown[]]>([
    ['', []],
    ['plain $5 {x} $', ['plain $5 {x} $']],
    ['${a}', [{ name: 'a', text: '${a}', index: 0 }]],
    [
      'x${a-b_1}y${C}',
      ['x', { name: 'a-b_1', text: '${a-b_1}', index: 1 }, 'y', { name: 'C', text: '${C}', index: 10 }],
    ],
    ['${a:-}', [{ name: 'a', text: '${a:-}', index: 0, fallback: [] }]],
    ['${a:-b:-c}', [{ name: 'a', text: '${a:-b:-c}', index: 0, fallback: ['b:-c'] }]],
    [
      '${a:-x/${b:-c}}/y',
      [
        {
          name: 'a',
          text: '${a:-x/${b:-c}}',
          index: 0,
          fallback: ['x/', { name: 'b', text: '${b:-c}', index: 7, fallback: ['c'] }],
        },
        '/y',
      ],
    ],
    ['$${a}', ['${a}']],
    ['$${a}${b}', ['${a}', { name: 'b', text: '${b}', index: 5 }]],
    ['${a}}', [{ name: 'a', text: '${a}', index: 0 }, '}']],
  ])('reads %j', (text, parts) => {
    expect(parseTemplate(text)).toEqual({ parts });
  });

  it.each([
    ['a${b', 1, '${b: the closing } is missing; $${ is a literal ${'],
    ['${a:-b', 0, '${a:-b: the closing } is missing; $${ is a literal ${'],
    ['${a:-${b}', 0, '${a:-${b}: expected ${a} or ${a:-default}; $${ is a literal ${'],
    ['${}', 0, '${}: expected ${name} or ${name:-default}; $${ is a literal ${'],
    ['${1a}', 0, '${1a}: expected ${name} or ${name:-default}; $${ is a literal ${'],
    ['${a b}', 0, '${a b}: expected ${a} or ${a:-default}; $${ is a literal ${'],
    ['${a:b}', 0, '${a:b}: expected ${a} or ${a:-default}; $${ is a literal ${'],
    ['${ a }', 0, '${ a }: expected ${name} or ${name:-default}; $${ is a literal ${'],
    ['${a:-${!}}', 5, '${!}: expected ${name} or ${name:-default}; $${ is a literal ${'],
  ])('rejects %j', (text, index, message) => {
    const { parts, problem } = parseTemplate(text);
    expect(parts).toEqual([]);
    expect(problem).toMatchObject({ index, message });
    expect(text.startsWith(problem?.text ?? '?', index)).toBe(true);
  });

  it('names every reference, those in fallbacks too', () => {
    expect(referencedNames(parseTemplate('${a}${b:-x${c:-${d}}}').parts)).toEqual(['a', 'b', 'c', 'd']);
  });
});
