/** A variable of the environment; none in a browser, nor where the engine keeps it from the program, as Deno may. */
export function environmentVariable(name: string): string | undefined {
  try {
    return globalThis.process?.env[name];
  } catch {
    return undefined;
  }
}
