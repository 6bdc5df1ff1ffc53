import type { CloudPlace, CloudRange } from './cloudRange.js';
import type { CloudFormat, CloudStart, OpenOptions } from './cloudSource.js';
import type { SplitWish } from './definition.js';
import { fileContent } from './fileChunks.js';
import { inputFiles, inputStats, openInput } from './paths.js';

/**
 * Cuts point clouds into ranges of about as many bytes each, at the ends of batches. A gzipped file is not cut, but counted. Nothing is cut
 * where damaged clouds are left out: what number a cloud has depends on them.
 */
export async function splitClouds(
  path: string,
  format: CloudFormat,
  { batchRows, chunkBytes, damaged }: OpenOptions,
  { most, decodedRows }: SplitWish,
): Promise<CloudRange[]> {
  if (damaged === 'leaveOut' || decodedRows !== undefined) return [];
  const files = await inputFiles(path, format.endings);
  const sizes: number[] = [];
  for (const file of files) sizes.push((await inputStats(file)).bytes);
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const places: CloudPlace[] = [];
  let image = 0;
  let before = 0;
  for (const [index, file] of files.entries()) {
    const isCut = !(await isGzipped(file));
    for await (const start of startsIn(file, format, chunkBytes)) {
      if (!start) return [];
      const { frame, line, position } = start;
      const isDue = (before + position) * most >= places.length * total;
      if (image % batchRows === 0 && isDue && (isCut || frame === 0))
        places.push({ file: index, frame, line, position, image });
      image++;
    }
    before += sizes[index]!;
  }
  const end = { file: files.length, frame: 0, line: 1, position: 0, image };
  return places.map((from, i) => ({ from, to: places[i + 1] ?? end }));
}

async function isGzipped(path: string): Promise<boolean> {
  const file = await openInput(path);
  try {
    const magic = new Uint8Array(2);
    await file.read(magic, 0, 2, 0);
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } finally {
    await file.close();
  }
}

async function* startsIn(
  file: string,
  { starts }: CloudFormat,
  chunkBytes: number,
): AsyncGenerator<CloudStart | undefined, void, undefined> {
  if (!starts) return yield { frame: 0, line: 1, position: 0 };
  yield* starts(
    file,
    fileContent(file, chunkBytes, new AbortController().signal, () => {}, { isPassing: true }),
  );
}
