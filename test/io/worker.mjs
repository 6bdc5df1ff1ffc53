/** The other side of workerCalls.test.ts. */
import { workerData } from 'node:worker_threads';
import { PipelineError } from '#dist/errors.js';
import { serveCalls } from '#dist/io/workerCalls.js';

let running = 0;

serveCalls({
  given: () => workerData,
  double: (value) => 2 * value,
  bytes: (length) => new Uint8Array(length).fill(7),
  async slow(milliseconds) {
    running++;
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return running--;
  },
  fail(message) {
    throw new Error(message);
  },
  failWithCode(message) {
    throw new PipelineError('missingInput', message);
  },
  trap() {
    setImmediate(() => {
      throw new Error('unreachable');
    });
    return new Promise(() => {});
  },
  exit: () => process.exit(3),
});
