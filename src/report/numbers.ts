/** A fraction as the field prints it: 0.6863. */
export function formatScore(value: number): string {
  return value.toFixed(4);
}

/** Whole numbers as they are, others with four significant digits; very small and large ones with an exponent. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2).replaceAll('-', '−').replace('+', '');
  return String(Number(value.toPrecision(4))).replace('-', '−');
}

/** Fractions of metrics that are fractions, other numbers as they come. */
export function formatMetric(metric: string, value: number): string {
  return isFraction(metric) ? formatScore(value) : formatNumber(value);
}

/** Whether a metric lies between 0 and 1 by its meaning. */
export function isFraction(metric: string): boolean {
  return /accuracy|recall|precision|f1|explainedVariance/i.test(metric);
}

/** 92 %, 100 %; one digit more where it matters. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  return `${Number(percent.toFixed(percent < 10 && percent > 0 ? 1 : 0))} %`;
}

/** A number beside an axis. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(0).replaceAll('-', '−').replace('+', '');
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

/** Whole numbers at equal distances within a range, about six. */
export function wholeTicks(from: number, to: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 50, 100].find((each) => (to - from) / each <= 6) ?? 10 ** Math.ceil(Math.log10((to - from) / 6));
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, i) => (first + i) * step);
}
