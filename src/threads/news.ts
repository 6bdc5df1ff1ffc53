/** A file operation that has failed by a fault that may pass, and is tried again. */
export interface FileRetry {
  readonly operation: string;
  readonly path: string;
  /** What the system said: EIO, ESTALE … */
  readonly code: string;
  /** How often it has failed so far. */
  readonly failures: number;
  /** Until it is tried again (ms). */
  readonly waitMs: number;
}

type Listener = (news: FileRetry) => void;

const listeners = new Set<Listener>();

/**
 * Hears of what happens on this thread, and on those that it has started.
 * @returns the way to stop
 */
export function listen(listener: Listener): () => void {
  const own: Listener = (news) => listener(news); // the same function may listen twice
  listeners.add(own);
  return () => void listeners.delete(own);
}

/** Tells whoever listens; a thread tells the one that has started it. */
export function tell(news: FileRetry): void {
  for (const listener of listeners) listener(news);
}
