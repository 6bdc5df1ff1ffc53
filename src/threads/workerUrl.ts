/** The modules of the package that run as threads. */
export type WorkerName =
  'segmentWorker' | 'trainingWorker' | 'trialWorker' | 'parquetReadWorker' | 'parquetWriteWorker';

/** The bundle of a worker thread: the same file from a module of the library and from a chunk of the program. */
export function workerUrl(name: WorkerName): URL {
  return new URL(import.meta.resolve(`#dist/workers/${name}.js`));
}
