import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { from, lastValueFrom } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { fixedSizeListColumn } from '#dist/arrow/columns.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { featureField, type MetricRow } from '#dist/arrow/schemas.js';
import { checkpointsBeside } from '#dist/io/checkpoints.js';
import { classifyStep, fitClassify } from '#dist/operators/classify.js';
import { compressStep, fitCompress } from '#dist/operators/compress.js';
import type { StepContext } from '#dist/operators/frame/definition.js';
import { saveFitted } from '#dist/operators/frame/storedFit.js';
import { killWhenReady } from '../io/children.js';
import { curve } from '../learning/curve.js';
import { descriptorBatch, descriptorMetadata, withColumn } from '../support/batches.js';
import { temporaryFolder } from '../support/smallMnist.js';

const epochs = 1000;
const field = featureField('soap', 'float32', 6, new Map(Object.entries(descriptorMetadata)));
const rows = withColumn(descriptorBatch(Array(30).fill(4)), field, fixedSizeListColumn(field.type, curve(120)));

const subjects = {
  fitClassify: {
    options: { layers: [8], epochs, batchSize: 16, schedule: 'oneCycle', seed: 1 },
    module: 'classify',
    async fit(hooks: Partial<StepContext>, directory: string): Promise<void> {
      const fitted = await lastValueFrom(from<RecordBatch[]>([rows]).pipe(fitClassify(this.options as object, hooks)));
      await saveFitted(classifyStep, directory, fitted);
    },
  },
  fitCompress: {
    options: { method: 'deepAutoencoder', components: 2, hiddenMultiplier: 2, epochs, batchSize: 16, seed: 1 },
    module: 'compress',
    async fit(hooks: Partial<StepContext>, directory: string): Promise<void> {
      const options = this.options as Parameters<typeof fitCompress>[0];
      const fitted = await lastValueFrom(from<RecordBatch[]>([rows]).pipe(fitCompress(options, hooks)));
      await saveFitted(compressStep, directory, fitted);
    },
  },
} as const;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const filesIn = (directory: string): [string, Buffer][] =>
  readdirSync(directory)
    .toSorted()
    .map((name) => [name, readFileSync(join(directory, name))]);

describe('a training whose process was killed', () => {
  it.each(['fitClassify', 'fitCompress'] as const)(
    'goes on where it was and leaves the bytes of one that was not (%s)',
    async (name) => {
      const { options, module } = subjects[name];
      const artifact = join(folder, 'killed');
      const data = join(folder, 'rows.arrow');
      writeFileSync(data, encodeBatches([rows]));
      await killWhenReady(`
        import { readFileSync } from 'node:fs';
        import { from, lastValueFrom } from 'rxjs';
        const { decodeBatches } = await use('arrow/ipc.js');
        const { checkpointsBeside } = await use('io/checkpoints.js');
        const { ${name} } = await use('operators/${module}.js');
        const store = checkpointsBeside(${JSON.stringify(artifact)}, 0);
        let written = 0;
        const write = async (files) => {
          await store.write(files);
          if (++written === 3) ready();
        };
        const batches = decodeBatches(readFileSync(${JSON.stringify(data)}));
        const fit = ${name}(${JSON.stringify(options)}, { checkpoint: { ...store, write } });
        await lastValueFrom(from(batches).pipe(fit));
        process.stderr.write('nobody killed it');
      `);

      const store = checkpointsBeside(artifact, 0);
      const state = new TextDecoder().decode((await store.read())!.get('state.json'));
      const { history } = JSON.parse(state) as { history: { epoch: number }[] };
      expect(history.length).toBeGreaterThanOrEqual(3);
      expect(history.length).toBeLessThan(epochs);

      const seen: Record<'resumed' | 'whole', MetricRow[]> = { resumed: [], whole: [] };
      const progress: [number, number][] = [];
      await subjects[name].fit(
        {
          checkpoint: store,
          emitMetric: (metric) => seen.resumed.push(metric),
          reportProgress: (done, total) => progress.push([done, total]),
        },
        artifact,
      );
      const [first, total] = progress[0]!;
      // Its first step is one of the epochs that were left.
      expect(first).toBeGreaterThan((history.length * total) / epochs);

      const whole = join(folder, 'whole');
      await subjects[name].fit({ emitMetric: (metric) => seen.whole.push(metric) }, whole);
      expect(filesIn(artifact)).toEqual(filesIn(whole));
      expect(seen.resumed).toEqual(seen.whole);
    },
  );
});
