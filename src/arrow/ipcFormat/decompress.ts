import { decompress as decompressFrames } from 'fzstd';
import { messageOf } from '../../errors.js';
import { DamagedIpc } from './flatTable.js';
import { decompressLz4 } from './lz4.js';
import type { IpcCompression } from './message.js';

/** What a byte becomes at most: a match in lz4, a block of equal bytes in zstd. */
const MAX_RATIO = { lz4: 255, zstd: 2 ** 17 };

/**
 * The content of a compressed buffer, of exactly that many bytes.
 * @throws DamagedIpc
 */
export function decompress(codec: IpcCompression, input: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  if (length > input.length * MAX_RATIO[codec]) {
    throw new DamagedIpc(`${input.length} bytes of ${codec} cannot become ${length}`);
  }
  if (codec === 'lz4') return decompressLz4(input, length);
  const output = new Uint8Array(length);
  // The decoder stops at the end of the output but does not tell how much it has filled: whether it writes the last byte does.
  const isFilled = [0x55, 0xaa].some((mark) => {
    if (length === 0) return true;
    output[length - 1] = mark;
    decompressZstd(input, output);
    return output[length - 1] !== mark;
  });
  if (!isFilled) throw new DamagedIpc(`its zstd data are shorter than the ${length} bytes that it tells`);
  return output;
}

function decompressZstd(input: Uint8Array, output: Uint8Array): void {
  try {
    decompressFrames(input, output);
  } catch (error) {
    throw new DamagedIpc(`its zstd data are damaged (${messageOf(error)})`, { cause: error });
  }
}
