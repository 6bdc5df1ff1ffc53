/** The other side of thread.test.ts. */
import { workerData } from 'node:worker_threads';
import { PipelineError } from '#dist/errors.js';
import { HandedOver } from '#dist/threads/peer.js';
import { oneByOne, serve } from '#dist/threads/serve.js';

let running = 0;

const slow = async (milliseconds) => {
  running++;
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return running--;
};

const caller = serve({
  given: () => workerData,
  double: (value) => 2 * value,
  bytes(length) {
    const bytes = new Uint8Array(length).fill(7);
    return new HandedOver(bytes, [bytes.buffer]);
  },
  slow,
  ...oneByOne({ afterOthers: slow }),
  askBack: async (question) => [question, await caller.call('answer', question)].join(' '),
  untilAborted: (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  unsendable: () => () => {},
  typeError: () => undefined.property,
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
