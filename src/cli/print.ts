import { visible } from '../visible.js';

/** Writes lines to standard output, or elsewhere. Everything that files say of themselves passes here, and cannot act on a terminal. */
export function print(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(`${visible(text)}\n`);
}
