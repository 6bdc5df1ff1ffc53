/** What a page does with the package: Arrow bytes in, through steps, Arrow bytes out. `input` and what is returned are JSON. */
import { decodeIpc, encodeIpc } from 'soapstream/arrow';
import { lastValueFrom } from 'rxjs';
import { fromPull, throughEach } from 'soapstream/flow';
import { fitClassify, soap } from 'soapstream/operators';
import { runSegment } from 'soapstream/segment';

export async function pageJob({ steps, bytes, artifacts, options }) {
  const metrics = [];
  const settings = { artifacts: revived(artifacts), emitMetric: (metric) => metrics.push(metric) };
  return {
    rows: await bytesOf(runSegment(steps, decodeIpc(chunks(bytes)), settings)),
    described: await bytesOf(throughEach(decodeIpc(chunks(bytes)), soap(options))),
    metrics,
    fit: await failureOf(
      fromPull(() => runSegment(steps.slice(0, 2), decodeIpc(chunks(bytes)), settings)).pipe(fitClassify()),
    ),
  };
}

async function* chunks(bytes) {
  for (let at = 0; at < bytes.length; at += 1000) yield Uint8Array.from(bytes.slice(at, at + 1000));
}

async function bytesOf(batches) {
  const found = [];
  for await (const chunk of encodeIpc(batches)) found.push(...chunk);
  return found;
}

function revived(artifacts) {
  return Object.fromEntries(
    Object.entries(artifacts).map(([name, { description, files }]) => [
      name,
      { description, files: new Map(files.map(([file, content]) => [file, Uint8Array.from(content)])) },
    ]),
  );
}

async function failureOf(models) {
  try {
    await lastValueFrom(models);
    return 'none';
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
}
