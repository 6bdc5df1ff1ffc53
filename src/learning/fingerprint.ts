import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';

/** Changes when the state of a training, or the way from one state to the next, changes its meaning. */
const format = 2;

const bytesAtATime = 2 ** 26; // a hash takes less than 2 GiB at once

/**
 * A name for a training: the same data, options and engine, the same name. The engine counts because others round
 * otherwise.
 *
 * @param settings plain JSON
 */
export function fingerprintOf(settings: object, arrays: readonly (Float32Array | Uint8Array)[]): string {
  const engine = { backend: tf.getBackend(), tfjs: tf.version_core, v8: process.versions.v8 };
  const lengths = arrays.map(({ length }) => length);
  const hash = createHash('sha256').update(JSON.stringify({ format, engine, settings, lengths }));
  for (const { buffer, byteOffset, byteLength } of arrays) {
    for (let begin = 0; begin < byteLength; begin += bytesAtATime) {
      hash.update(new Uint8Array(buffer, byteOffset + begin, Math.min(bytesAtATime, byteLength - begin)));
    }
  }
  return hash.digest('hex');
}
