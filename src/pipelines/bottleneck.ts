/** The source, step or sink that the others of a pipeline wait for. */
export interface Bottleneck {
  readonly step: string;
  /** Of the time, in which the others waited for it: 0 to 1. */
  readonly share: number;
  /** How far it is ahead of the next one: twice as much is clear, a quarter more likely. Less than a third of the time is unclear. */
  readonly certainty: 'clear' | 'likely' | 'unclear';
}

/** How long the others have waited for each, up to a time of the run. */
export interface HeldUp {
  readonly atMs: number;
  readonly each: readonly { readonly step: string; readonly ms: number }[];
}

/** In less nothing can be told (ms). */
const TOO_SHORT_MS = 1000;
/** How far back a view looks (ms). */
const RECENT_MS = 10_000;

/** Who held the others up between two looks, by default since the start. Undefined where that was too short a time to tell. */
export function bottleneckOf({ atMs, each }: HeldUp, since: HeldUp = { atMs: 0, each: [] }): Bottleneck | undefined {
  const tookMs = atMs - since.atMs;
  if (tookMs < TOO_SHORT_MS) return undefined;
  const [first, second] = each
    .map(({ step, ms }, i) => ({ step, share: Math.min(1, (ms - (since.each[i]?.ms ?? 0)) / tookMs) }))
    .toSorted((a, b) => b.share - a.share);
  if (!first) return undefined;
  const ahead = first.share / (second?.share ?? 0);
  if (first.share < 1 / 3 || ahead < 1.25) return { ...first, certainty: 'unclear' };
  return { ...first, certainty: ahead >= 2 ? 'clear' : 'likely' };
}

/** Who holds the others up of late: what a run waits for now may be another step than a minute ago. */
export class RecentBottleneck {
  readonly #looks: HeldUp[] = [];

  look(now: HeldUp): Bottleneck | undefined {
    this.#looks.push(now);
    while (this.#looks.length > 2 && now.atMs - this.#looks[1]!.atMs >= RECENT_MS) this.#looks.shift();
    return bottleneckOf(now, this.#looks[0]) ?? bottleneckOf(now);
  }
}
