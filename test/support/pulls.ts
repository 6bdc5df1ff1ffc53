/** A source that says how much of it has been pulled, and whether it has been closed. */
export interface CountedSource<T> extends AsyncIterable<T> {
  pulled: number;
  closed: number;
}

/** Items that come one by one from an asynchronous source, which may be iterated several times. */
export function countedSource<T>(items: Iterable<T>): CountedSource<T> {
  const source: CountedSource<T> = {
    pulled: 0,
    closed: 0,
    async *[Symbol.asyncIterator]() {
      try {
        for (const item of items) {
          source.pulled++;
          yield item;
        }
      } finally {
        source.closed++;
      }
    },
  };
  return source;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const numbersTo = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Work that ends when it is told to. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function deferred<T>(): Deferred<T> {
  let controls!: Omit<Deferred<T>, 'promise'>;
  const promise = new Promise<T>((resolve, reject) => {
    controls = { resolve, reject };
  });
  return { promise, ...controls };
}
