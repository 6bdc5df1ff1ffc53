import { PipelineError } from '../errors.js';
import { endThreads } from '../io/leftovers.js';
import { exitCodes } from './exitCodes.js';

/** Ctrl-C, a request to terminate, a terminal that has been closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Work that a signal stops. @throws PipelineError `interrupted` */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, consequence = ''): Promise<T> {
  const interruption = new AbortController();
  const stopListening = onInterrupt((name) =>
    interruption.abort(new PipelineError('interrupted', `stopped by ${name}${consequence}`)),
  );
  try {
    return await work(interruption.signal);
  } finally {
    stopListening();
  }
}

/** The first signal asks the run to stop; the second ends the process at once, which then removes what is partial. */
function onInterrupt(interrupt: (signal: string) => void): () => void {
  let asked = false;
  const listener = (signal: string): void => {
    if (asked) {
      void endThreads().then(() => process.exit(exitCodes.interrupted));
      return;
    }
    asked = true;
    interrupt(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
