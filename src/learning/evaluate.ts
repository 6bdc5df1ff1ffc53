import { setImmediate } from 'node:timers/promises';
import { leastProbability } from '../stats/leastProbability.js';
import type { DenseNetwork } from './denseNetwork.js';
import { mostProbable } from './metrics.js';
import { takeRows, type TrainingData } from './trainingData.js';

/** Rows that are evaluated between two turns of the event loop: 4 ms of work for 3 × 256 units. */
export const rowsAtATime = 256;

/** How well a classifier does on labelled rows. */
export interface Evaluation {
  readonly loss: number; // mean of -log p[label]
  readonly accuracy: number; // share of rows whose likeliest class is the label
}

/** Applies a classifier to the rows with the given numbers, of which there is one at least. */
export async function evaluate(
  classifier: DenseNetwork,
  data: TrainingData,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<Evaluation> {
  let loss = 0;
  let nCorrect = 0;
  for (let begin = 0; begin < rows.length; begin += rowsAtATime) {
    signal?.throwIfAborted();
    const { features, labels } = takeRows(data, rows.subarray(begin, begin + rowsAtATime));
    const probabilities = classifier.apply(features);
    for (const [i, predicted] of mostProbable(probabilities, classifier.outputs).entries()) {
      const label = labels[i]!;
      loss -= Math.log(Math.max(probabilities[i * classifier.outputs + label]!, leastProbability));
      if (predicted === label) nCorrect++;
    }
    await setImmediate();
  }
  return { loss: loss / rows.length, accuracy: nCorrect / rows.length };
}
