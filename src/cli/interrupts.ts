import { endThreads } from '../io/leftovers.js';
import { exitCodes } from './exitCodes.js';

/** Ctrl-C, a request to terminate, a terminal that has been closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal asks the run to stop; the second ends the process at once, which then removes what is partial. */
export function onInterrupt(interrupt: (signal: string) => void): () => void {
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
