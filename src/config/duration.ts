const DURATION = /^(\d+(?:\.\d+)?) ?(ms|s|m|h)$/;
const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

/** What a duration is written like, for messages. */
export const DURATION_RULE = 'a time such as 500ms, 60s, 5m or 1h';

/** A duration > 0 in seconds; undefined for what is none. */
export function secondsOf(value: unknown): number | undefined {
  const [, number, unit] = DURATION.exec(typeof value === 'string' ? value : '') ?? [];
  const seconds = Number(number) * SECONDS[unit as keyof typeof SECONDS];
  return seconds > 0 && Number.isFinite(seconds) ? seconds : undefined;
}
