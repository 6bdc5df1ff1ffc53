/** What a duration is written like, for messages. */
export const DURATION_RULE = 'a time such as 500ms, 60s, 5m or 1h';
/** What a size of memory is written like. */
export const MEMORY_RULE = 'a size such as 800MiB or 2GiB';

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
const BYTES: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };

/** A duration > 0 in seconds; undefined for what is none. */
export function secondsOf(value: unknown): number | undefined {
  return quantityOf(value, SECONDS);
}

/** A size > 0 in bytes; undefined for what is none. */
export function bytesOf(value: unknown): number | undefined {
  return quantityOf(value, BYTES);
}

function quantityOf(value: unknown, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(typeof value === 'string' ? value : '') ?? [];
  const quantity = Object.hasOwn(units, unit) ? Number(number) * units[unit]! : NaN;
  return quantity > 0 && Number.isFinite(quantity) ? quantity : undefined;
}
