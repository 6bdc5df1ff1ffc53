import { DamagedIpc } from './flatTable.js';

const FRAME_MAGIC = 0x184d2204;
const STORED = 0x80000000;
const MIN_MATCH = 4;

/**
 * The content of LZ4 frames, of which the length is known. Checksums are passed over.
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 * @throws DamagedIpc
 */
export function decompressLz4(input: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(length);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let at = 0;
  const uint32 = (): number => {
    if (at + 4 > input.length) throw damaged();
    at += 4;
    return view.getUint32(at - 4, true);
  };
  let filled = 0;
  while (at < input.length) {
    if (uint32() !== FRAME_MAGIC) throw damaged();
    const flags = input[at] ?? 0;
    const [blockChecksum, contentSize, contentChecksum, dictionary] = [0x10, 0x08, 0x04, 0x01].map(
      (bit) => flags & bit,
    );
    if (flags >> 6 !== 1 || dictionary) throw damaged();
    at += contentSize ? 11 : 3; // flags, block size, its content's length, a checksum
    for (let size = uint32(); size !== 0; size = uint32()) {
      const end = at + (size % STORED);
      if (end > input.length) throw damaged();
      const block = input.subarray(at, end);
      if (size >= STORED) {
        if (filled + block.length > length) throw damaged();
        output.set(block, filled);
        filled += block.length;
      } else {
        filled = decompressBlock(block, output, filled);
      }
      at = end + (blockChecksum ? 4 : 0);
    }
    if (contentChecksum) at += 4;
  }
  if (filled !== length) throw damaged();
  return output;
}

/** @returns where its content ends in `output`, which holds that of earlier blocks before `filled` */
function decompressBlock(input: Uint8Array, output: Uint8Array, filled: number): number {
  let [from, to] = [0, filled];
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      const byte = input[from++];
      if (byte === undefined) throw damaged();
      length += byte;
      if (byte < 255) return length;
    }
  };
  for (;;) {
    const token = input[from++];
    if (token === undefined) throw damaged();
    const literals = extended(token >> 4);
    if (from + literals > input.length || to + literals > output.length) throw damaged();
    output.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === input.length) return to; // a block ends with literals
    const distance = (input[from] ?? 0) | ((input[from + 1] ?? 0) << 8);
    from += 2;
    const end = to + extended(token & 15) + MIN_MATCH;
    if (distance === 0 || distance > to || end > output.length) throw damaged();
    // Byte by byte: it may reach into what it writes.
    for (; to < end; to++) output[to] = output[to - distance]!;
  }
}

function damaged(): DamagedIpc {
  return new DamagedIpc('its lz4 data are damaged');
}
