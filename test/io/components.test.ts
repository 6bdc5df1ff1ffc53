import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ComponentDoc } from '#dist/config/catalogue.js';
import { sinks } from '#dist/io/sinks.js';
import { sources } from '#dist/io/sources.js';

const components = [
  ...sources.map((definition) => ['source', definition.name, definition] as const),
  ...sinks.map((definition) => ['sink', definition.name, definition] as const),
];

/** The options in the example: under `source:`, or in the list under `sinks:`. */
function exampleOptions({ example, name }: ComponentDoc): object | undefined {
  const { source, sinks: list } = parse(example) as { source?: Mapping; sinks?: Mapping[] };
  return (source ?? list?.[0])?.[name];
}

type Mapping = Record<string, object>;

describe.each(components)('the %s %s', (_kind, _name, definition) => {
  it('describes itself and every option', () => {
    expect(definition.summary).toMatch(/^[A-Z].*\.$/s);
    for (const [name, option] of Object.entries(definition.options.shape)) {
      expect((option as { description?: string }).description, name).toMatch(/^\S.*\.$/s);
    }
  });

  it('has an example that its options accept', () => {
    expect(definition.options.safeParse(exampleOptions(definition)).error).toBeUndefined();
  });

  it('rejects unknown options', () => {
    const result = definition.options.safeParse({ ...exampleOptions(definition), pth: 'a' });
    expect(result.error!.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['pth'] }]);
  });
});

it('names are unique', () => {
  for (const table of [sources, sinks]) {
    const names = table.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});
