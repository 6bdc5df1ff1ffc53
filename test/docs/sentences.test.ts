import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const LIMIT = 35;
const ROOT = new URL('../../', import.meta.url);
const files = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
];

describe('sentences', () => {
  it.each(files)(`of %s have at most ${LIMIT} words`, (file) => {
    const text = readFileSync(new URL(file, ROOT), 'utf8');
    const long = sentencesOf(text).filter((sentence) => wordsOf(sentence) > LIMIT);
    expect(long.map((sentence) => `${wordsOf(sentence)}: ${sentence}`)).toEqual([]);
  });

  it('end at full stops, and with their paragraph, list item or heading', () => {
    const text =
      '# A title\n\nOne, e.g. this\none. `Code. Of any length` is a word. See [two](a.b).\n\n- three\n- four? Five';
    expect(sentencesOf(text)).toEqual([
      'A title',
      'One, e.g. this one.',
      'Code is a word.',
      'See two.',
      'three',
      'four?',
      'Five',
    ]);
  });

  it('are looked for neither in code nor in tables', () => {
    expect(sentencesOf('One.\n\n```js\nlet two;\n```\n\n| three | four |\n| --- | --- |\n\n<p>five</p>')).toEqual([
      'One.',
      'five',
    ]);
  });
});

/** The sentences of the prose of a Markdown text; inline code is one word. */
function sentencesOf(markdown: string): string[] {
  return markdown
    .replaceAll(/^ *```.*?^ *```/gms, '\n')
    .replaceAll(/^\|.*$/gm, '\n')
    .replaceAll(/`[^`]*`/g, 'Code')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/<[^>]*>/g, ' ')
    .split(/\n\s*\n|^\s*(?:[-*]|\d+\.|#+)\s/m)
    .flatMap((paragraph) => paragraph.replaceAll(/\s+/g, ' ').split(/(?<=[.!?…][)"*_]*) (?=[*_("[]*[\p{Lu}\d])/u))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** Words have a letter or a digit: dashes and signs are none. */
function wordsOf(sentence: string): number {
  return sentence.split(' ').filter((word) => /[\p{L}\d]/u.test(word)).length;
}
