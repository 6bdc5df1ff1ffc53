/** What reads bytes that others may have written. */
export interface FuzzTarget {
  readonly name: string;
  /** What is sound. */
  readonly seeds: readonly Buffer[];
  /** Resolves when the bytes were read. @throws PipelineError where they are refused */
  readonly read: (bytes: Buffer) => Promise<unknown>;
}

/** A fault in bytes, and where. */
export interface Fault {
  /** In millionths of the bytes, below 1e6. */
  readonly at: number;
  readonly kind: number;
  readonly value: number;
}

/** @param folder for files, which exists */
export declare function fuzzTargets(folder: string): Promise<FuzzTarget[]>;

/** The bytes with these faults: flipped bits, odd numbers, parts left out, doubled, moved, words put in, cut off. */
export declare function withFaults(bytes: Buffer, faults: readonly Fault[]): Buffer;

/** What is wrong with an error; undefined for one that is a refusal. */
export declare function mistakeIn(error: unknown): string | undefined;
