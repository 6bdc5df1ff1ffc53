import { setImmediate } from 'node:timers/promises';
import { leastProbability } from '../stats/leastProbability.js';
import { rowsAtATime } from './applyModel.js';
import type { Classifier } from './classifier.js';
import { mostProbable } from './metrics.js';
import { takeRows, type TrainingData } from './trainingData.js';

/** How well a classifier does on labelled rows. */
export interface Evaluation {
  readonly loss: number; // mean of -log p[label]
  readonly accuracy: number; // share of rows whose likeliest class is the label
}

/** Applies the classifier to the rows with the given numbers, of which there is one at least. */
export async function evaluate(
  classifier: Classifier,
  data: TrainingData,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<Evaluation> {
  let loss = 0;
  let nCorrect = 0;
  for (let begin = 0; begin < rows.length; begin += rowsAtATime) {
    signal?.throwIfAborted();
    const { features, labels } = takeRows(data, rows.subarray(begin, begin + rowsAtATime));
    const probabilities = classifier.predict(features);
    for (const [i, predicted] of mostProbable(probabilities, classifier.classCount).entries()) {
      const label = labels[i]!;
      loss -= Math.log(Math.max(probabilities[i * classifier.classCount + label]!, leastProbability));
      if (predicted === label) nCorrect++;
    }
    await setImmediate();
  }
  return { loss: loss / rows.length, accuracy: nCorrect / rows.length };
}
