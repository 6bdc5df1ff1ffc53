/** The thread of files.mjs: copies one file to an Arrow stream as a pipeline would, and tells how that ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { PipelineError } from '../../dist/errors.js';
import { arrowSink } from '../../dist/io/arrowSink.js';
import { arrowSource } from '../../dist/io/arrowSource.js';
import { openSource, writeBatches } from '../../dist/io/open.js';
import { parquetSource } from '../../dist/io/parquetSource.js';
import { open } from 'node:fs/promises';

async function isParquet(path) {
  const handle = await open(path);
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  await handle.close();
  return /^PAR[1E]$/.test(buffer.toString('latin1')) || /parquet/.test(path);
}

const { file, copy } = workerData;
try {
  const source = await openSource((await isParquet(file)) ? parquetSource : arrowSource, { path: file });
  const { schema } = source;
  await writeBatches(arrowSink, { path: copy, format: 'stream' }, source.batches(new AbortController().signal), {
    schema,
  });
  parentPort.postMessage({ kind: 'copied', detail: '' }, []);
} catch (error) {
  const isTold = error instanceof PipelineError && error.code !== 'internal' && error.message.includes(file);
  const outcome = isTold
    ? { kind: 'refused', detail: error.message.replace(file, '') }
    : { kind: 'untyped', detail: String(error?.stack) };
  parentPort.postMessage(outcome, []);
}
