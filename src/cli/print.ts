import { visible } from '../visible.js';

/** Writes lines to standard output, or elsewhere. Everything that files say of themselves passes here, and cannot act on a terminal. */
export function print(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(`${visible(text)}\n`);
}

/** Whether colours are wanted there. @see https://no-color.org */
export function wantsColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env['NO_COLOR'];
}
