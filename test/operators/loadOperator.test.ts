import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isFitted } from '#dist/operators/frame/definition.js';
import { loadOperator } from '#dist/operators/loadOperator.js';
import { operators } from '#dist/operators/table.js';

const modulePath = (name: string): string => fileURLToPath(new URL(`modules/${name}`, import.meta.url));

describe('loadOperator', () => {
  it('finds the operators of the library by their name', async () => {
    expect(operators.map(({ name }) => name)).toEqual([
      'decodeMnist',
      'transformImage',
      'imageToXyz',
      'xyzToImage',
      'flattenPixels',
      'reservoirSample',
      'soap',
      'poolImages',
      'robustRescale',
      'compress',
      'classify',
      'classifyImages',
      'correlate',
      'filter',
      'select',
    ]);
    for (const operator of operators) expect(await loadOperator(operator.name)).toBe(operator);
    expect(operators.filter(isFitted).map(({ name }) => name)).toEqual(['robustRescale', 'compress', 'classify']);
  });

  it('takes the default export of a module', async () => {
    expect(await loadOperator(modulePath('passing.mjs'))).toMatchObject({
      name: 'passing',
      independent: true,
      dear: true,
    });
  });

  it('says what is wrong with a name or a module', async () => {
    await expect(loadOperator('soup')).rejects.toMatchObject({
      code: 'badConfiguration',
      message: 'unknown operator soup',
    });
    const missing = modulePath('missing.mjs');
    await expect(loadOperator(missing)).rejects.toMatchObject({
      code: 'badConfiguration',
      message: expect.stringContaining(`${missing}: cannot be loaded: Cannot find module`) as string,
    });
    const other = modulePath('notAnOperator.mjs');
    await expect(loadOperator(other)).rejects.toMatchObject({
      code: 'badConfiguration',
      message: `${other}: expected an operator definition as the default export (name, summary, example, options, reads, outputSchema, create)`,
    });
  });
});
