/**
 * Runs examples/operators/*.yaml.
 * @returns by the operator's name, its examples as Markdown
 */
export declare function workedExamples(): Promise<ReadonlyMap<string, string>>;
