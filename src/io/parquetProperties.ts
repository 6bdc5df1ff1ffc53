import {
  Compression,
  EnabledStatistics,
  Encoding,
  Table,
  writeParquet,
  type WriterProperties,
  WriterPropertiesBuilder,
} from 'parquet-wasm/esm';
import type { ParquetEncoding } from './parquetEncoding.js';

/**
 * Encoded bytes after which a row group ends: what a reader, and the thread that writes, must hold at once. From 32 MiB on glibc asks the
 * system for fresh pages each time.
 */
export const ROW_GROUP_BYTES = 24 * 2 ** 20;

/** The batches of an Arrow IPC stream as a Parquet file. */
export function parquetFile(ipc: Uint8Array, encoding: ParquetEncoding, rowGroupBytes = ROW_GROUP_BYTES): Uint8Array {
  return writeParquet(Table.fromIPCStream(ipc), writerProperties(encoding, rowGroupBytes));
}

/** An encoding in terms of parquet-wasm. */
export function writerProperties(encoding: ParquetEncoding, rowGroupBytes = ROW_GROUP_BYTES): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCompression(encoding.compression === 'zstd' ? Compression.ZSTD : Compression.UNCOMPRESSED)
    .setMaxRowGroupSize(encoding.rowGroupRows)
    .setMaxRowGroupBytes(rowGroupBytes)
    .setDictionaryEnabled(encoding.dictionary)
    .setEncoding(encodingOf(encoding))
    .setStatisticsEnabled(EnabledStatistics.None)
    .setCreatedBy('soapstream');
  for (const column of encoding.flatColumns) {
    builder = builder
      .setColumnDictionaryEnabled(column.name, column.dictionary)
      .setColumnEncoding(column.name, encodingOf(column))
      .setColumnStatisticsEnabled(column.name, EnabledStatistics.Chunk);
  }
  return builder.build();
}

function encodingOf({ byteStreamSplit }: { readonly byteStreamSplit: boolean }): Encoding {
  return byteStreamSplit ? Encoding.BYTE_STREAM_SPLIT : Encoding.PLAIN;
}
