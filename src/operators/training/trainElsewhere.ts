import { PipelineError } from '../../errors.js';
import type { trainOnThread as onThread } from './trainOnThread.js';

/** Stands for `trainOnThread` in browsers (`#training` in package.json): there, fitted networks are applied only. */
export const trainOnThread: typeof onThread = ({ model }) =>
  Promise.reject(
    new PipelineError('badOption', `fit: expected Node, Deno or Bun to train the ${model} in, which a browser is not`),
  );
