import { describe, expect, it } from 'vitest';
import { checkClassifierOptions } from '#dist/learning/classifierOptions.js';
import { rangeError } from '../support/rangeError.js';

describe('checkClassifierOptions', () => {
  it('fills in the network of the paper', () => {
    expect(checkClassifierOptions({})).toEqual({
      layers: [256, 256, 256],
      dropout: 0.1,
      learningRate: 0.001,
      schedule: 'constant',
      batchSize: 128,
      epochs: 20,
      validationSplit: 0.2,
      patience: undefined,
      restoreBest: true,
      classCount: 10,
      seed: 0,
    });
  });

  it.each([
    [{ layers: [] }, 'layers: expected at least one hidden layer, got none'],
    [{ layers: [256, 0] }, 'layers[1]: expected an integer >= 1, got 0'],
    [{ dropout: 1 }, 'dropout: expected a number in [0, 1), got 1'],
    [{ dropout: -0.1 }, 'dropout: expected a number in [0, 1), got -0.1'],
    [{ learningRate: 0 }, 'learningRate: expected a number > 0, got 0'],
    [{ learningRate: NaN }, 'learningRate: expected a number > 0, got NaN'],
    [{ batchSize: 1.5 }, 'batchSize: expected an integer >= 1, got 1.5'],
    [{ epochs: 0 }, 'epochs: expected an integer from 1 to 100000, got 0'],
    [{ epochs: 100_001 }, 'epochs: expected an integer from 1 to 100000, got 100001'],
    [{ patience: 0 }, 'patience: expected an integer >= 1, got 0'],
    [
      { patience: 3, validationSplit: 0 },
      'patience: has no meaning without validation rows (validationSplit 0), got 3',
    ],
    [{ validationSplit: NaN }, 'validationSplit: expected a number in [0, 1), got NaN'],
    [{ classCount: 257 }, 'classCount: expected an integer from 2 to 256, got 257'],
    [{ seed: -1 }, 'seed: expected an integer >= 0, got -1'],
    [JSON.parse('{"schedule": "linear"}'), 'schedule: expected constant or oneCycle or cosine, got linear'],
  ])('rejects %j', (options, message) => {
    expect(() => checkClassifierOptions(options)).toThrow(rangeError(message));
  });
});
