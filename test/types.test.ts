/** What tsc says of the public API. The bodies hardly run: `npm run typecheck` is the test. */
import type { RecordBatch } from 'apache-arrow';
import { from, map, type Observable, type OperatorFunction } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { Channel } from '#dist/flow/channel.js';
import { fromPull } from '#dist/flow/fromPull.js';
import { Gate } from '#dist/flow/gate.js';
import { mapAsync } from '#dist/flow/mapAsync.js';
import { mapOrdered } from '#dist/flow/mapOrdered.js';
import { through } from '#dist/flow/through.js';
import { classify, fitClassify, type FittedClassifier } from '#dist/operators/classify.js';
import { classifyImages } from '#dist/operators/classifyImages.js';
import { compress, fitCompress, type FittedCompression } from '#dist/operators/compress.js';
import { correlate } from '#dist/operators/correlate.js';
import { decodeMnist } from '#dist/operators/decodeMnist.js';
import { defineOperator } from '#dist/operators/frame/defineOperator.js';
import type {
  BatchOperator,
  Fitted,
  FittedDefinition,
  StepContext,
  StreamDefinition,
} from '#dist/operators/frame/definition.js';
import { filter } from '#dist/operators/filter.js';
import { flattenPixels } from '#dist/operators/flattenPixels.js';
import { imageToXyz } from '#dist/operators/imageToXyz.js';
import { poolImages } from '#dist/operators/poolImages.js';
import { reservoirSample } from '#dist/operators/reservoirSample.js';
import { type FittedScaler, fitRobustRescale, robustRescale } from '#dist/operators/robustRescale.js';
import { select } from '#dist/operators/select.js';
import { soap } from '#dist/operators/soap.js';
import { transformImage } from '#dist/operators/transformImage.js';
import { xyzToImage } from '#dist/operators/xyzToImage.js';
import type { Arithmetic, Average, Compression, KernelName, RadialBasis, Weighting } from '#dist/soap/index.js';
import type { PoolStatistic } from '#dist/stats/pooling.js';
import type * as publicApi from '#dist/api/all.js';

describe('operators', () => {
  it('fit into any pipe of record batches', () => {
    expectTypeOf<BatchOperator>().toEqualTypeOf<OperatorFunction<RecordBatch, RecordBatch>>();
    expectTypeOf(decodeMnist).returns.toEqualTypeOf<BatchOperator>();
    expectTypeOf(imageToXyz).returns.toEqualTypeOf<BatchOperator>();
    expectTypeOf(soap).returns.toEqualTypeOf<BatchOperator>();
    expectTypeOf(reservoirSample).returns.toEqualTypeOf<BatchOperator>();
    expectTypeOf(select).returns.toEqualTypeOf<BatchOperator>();
    for (const operator of [transformImage, xyzToImage, flattenPixels, poolImages, classifyImages, correlate, filter]) {
      expectTypeOf(operator).returns.toEqualTypeOf<BatchOperator>();
    }
    const rows = from<RecordBatch[]>([]).pipe(
      decodeMnist(),
      imageToXyz({ sigmaDisturbance: 1 }),
      reservoirSample({ size: 10 }),
      soap({ rCut: 5, nMax: 2, lMax: 1, sigma: 1 }),
      select({ columns: ['soap'] }),
      map((batch) => batch.numRows),
    );
    expectTypeOf(rows).toEqualTypeOf<Observable<number>>();
  });

  it('have optional those of their options that have a default', () => {
    expectTypeOf(decodeMnist)
      .parameter(0)
      .toEqualTypeOf<Optional<{ height: number; width: number; labels: boolean; batchRows: number }> | undefined>();
    expectTypeOf(imageToXyz)
      .parameter(0)
      .toEqualTypeOf<Optional<{ intensityDivisor: number; sigmaDisturbance: number; seed: number }> | undefined>();
    expectTypeOf(soap).parameter(0).branded.toEqualTypeOf<
      { nMax: number; lMax: number; sigma: number } & Optional<{
        rCut: number;
        speciesWeighting: Record<string, number>;
        rMin: number;
        radialBasis: RadialBasis;
        species: (string | number)[];
        periodic: boolean;
        derivatives: 'off' | 'fixed' | 'attached';
        weighting: Weighting;
        average: Average;
        compression: Compression;
        arithmetic: Arithmetic;
        kernel: KernelName;
        precision: 'float32' | 'float64';
        batchRows: number;
      }>
    >();
    expectTypeOf(reservoirSample)
      .parameter(0)
      .branded.toEqualTypeOf<
        { size: number } & Optional<{ seed: number; by: 'image' | 'descriptor'; batchRows: number }>
      >();
    expectTypeOf(select).parameter(0).toEqualTypeOf<{ columns: string[] }>();
    expectTypeOf(transformImage).parameter(0).toEqualTypeOf<
      | Optional<{
          rotate: number | 'random';
          mirror: boolean | 'random';
          interpolation: 'bilinear' | 'nearest';
          seed: number;
        }>
      | undefined
    >();
    expectTypeOf(xyzToImage)
      .parameter(0)
      .toEqualTypeOf<Optional<{ height: number; width: number; intensityDivisor: number }> | undefined>();
    expectTypeOf(flattenPixels).parameter(0).toEqualTypeOf<Optional<{ name: string }> | undefined>();
    expectTypeOf(poolImages)
      .parameter(0)
      .toEqualTypeOf<
        Optional<{ features: string; statistics: PoolStatistic[]; name: string; batchRows: number }> | undefined
      >();
    expectTypeOf(classifyImages)
      .parameter(0)
      .toEqualTypeOf<Optional<{ method: 'meanLogProbability' | 'majority'; batchRows: number }> | undefined>();
    expectTypeOf(correlate).parameter(0).toEqualTypeOf<Optional<{ features: string; name: string }> | undefined>();
    expectTypeOf(filter)
      .parameter(0)
      .branded.toEqualTypeOf<
        { column: string } & Optional<{ values: (number | string)[]; from: number; to: number }>
      >();
    type Training = Optional<{
      epochs: number;
      batchSize: number;
      learningRate: number;
      schedule: 'constant' | 'oneCycle' | 'cosine';
      validationSplit: number;
      patience: number;
      restoreBest: boolean;
      seed: number;
      maxBytes: number;
    }>;
    expectTypeOf(fitClassify)
      .parameter(0)
      .branded.toEqualTypeOf<
        (Training & Optional<{ features: string; layers: number[]; dropout: number; classCount: number }>) | undefined
      >();
    expectTypeOf(fitCompress).parameter(0).branded.toEqualTypeOf<
      { components: number } & Training &
        Optional<{
          method: 'pca' | 'linearAutoencoder' | 'deepAutoencoder';
          features: string;
          code: string;
          hiddenMultiplier: number;
        }>
    >();
    expectTypeOf(compress)
      .parameter(1)
      .toEqualTypeOf<{ invert?: boolean | undefined; reconstructionMse?: boolean | undefined } | undefined>();
  });

  it('take no others', () => {
    // @ts-expect-error a misspelt option
    expectTypeOf(imageToXyz).toBeCallableWith({ sigma: 1 });
    // @ts-expect-error nMax, lMax and sigma are missing
    expectTypeOf(soap).toBeCallableWith({ rCut: 5 });
    // @ts-expect-error the function pow needs a d
    expectTypeOf(soap).toBeCallableWith({ rCut: 5, nMax: 2, lMax: 1, sigma: 1, weighting: { function: 'pow', r0: 1, c: 1, m: 2 } }); // prettier-ignore
    // @ts-expect-error no such statistic
    expectTypeOf(poolImages).toBeCallableWith({ statistics: ['mode'] });
    // @ts-expect-error a text where a number belongs
    expectTypeOf(reservoirSample).toBeCallableWith({ size: '10' });
    // @ts-expect-error autoencoders are linear or deep
    expectTypeOf(fitCompress).toBeCallableWith({ components: 2, method: 'autoencoder' });
  });
});

describe('fits', () => {
  it('emit the model that their operator takes', () => {
    expectTypeOf(fitRobustRescale).returns.toEqualTypeOf<OperatorFunction<RecordBatch, FittedScaler>>();
    expectTypeOf(robustRescale).parameter(0).toEqualTypeOf<FittedScaler>();
    expectTypeOf(fitCompress).returns.toEqualTypeOf<OperatorFunction<RecordBatch, FittedCompression>>();
    expectTypeOf(compress).parameter(0).toEqualTypeOf<FittedCompression>();
    expectTypeOf(fitClassify).returns.toEqualTypeOf<OperatorFunction<RecordBatch, FittedClassifier>>();
    expectTypeOf(classify).parameter(0).toEqualTypeOf<FittedClassifier>();
    for (const operator of [robustRescale, compress, classify]) {
      expectTypeOf(operator).returns.toEqualTypeOf<BatchOperator>();
    }
  });

  it('do not take the models of each other', () => {
    expectTypeOf<FittedScaler>().not.toExtend<FittedCompression>();
    expectTypeOf<FittedCompression>().not.toExtend<FittedScaler>();
    expectTypeOf<FittedClassifier>().not.toExtend<FittedCompression>();
  });

  it('know what is in their artifacts', () => {
    expectTypeOf<FittedScaler['artifact']['metadata']>().toEqualTypeOf<Record<string, string>>();
    expectTypeOf<FittedCompression['artifact']['components']>().toEqualTypeOf<number>();
    expectTypeOf<FittedCompression['model']>().toEqualTypeOf<publicApi.Compressor>();
    expectTypeOf<FittedClassifier['artifact']['classCount']>().toEqualTypeOf<number>();
    expectTypeOf<FittedClassifier>().toExtend<
      Fitted<{ features: string }, { predict: (features: Float32Array) => Float32Array }>
    >();
  });
});

describe('defineOperator', () => {
  const common = { name: 'own', summary: 'Own.', example: '- own' };

  it('gives the options of a streaming operator their types', () => {
    const definition = defineOperator({
      ...common,
      options: z.strictObject({ digit: z.int().default(3) }),
      reads: ({ digit }) => {
        expectTypeOf(digit).toEqualTypeOf<number>();
        return [];
      },
      outputSchema: (input) => input,
      create: ({ digit }, { signal }) => {
        expectTypeOf(digit).toEqualTypeOf<number>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return (source) => source;
      },
    });
    expectTypeOf(definition).toExtend<StreamDefinition>();
    expectTypeOf(definition.options.parse({})).toEqualTypeOf<{ digit: number }>();
  });

  it('gives model and artifact of a fitted operator theirs', () => {
    const definition = defineOperator({
      ...common,
      fitOptions: z.strictObject({ features: z.string().default('soap') }),
      applyOptions: z.strictObject({}),
      artifact: z.object({ operator: z.string(), length: z.int() }),
      fitReads: () => [],
      describeArtifact: () => ({ operator: 'own', length: 3 }),
      startFit: (_input, { features }) => {
        expectTypeOf(features).toEqualTypeOf<string>();
        return { add: () => {}, finish: () => Promise.resolve(new Float64Array(3)) };
      },
      save: (model) => {
        expectTypeOf(model).toEqualTypeOf<Float64Array<ArrayBuffer>>();
        return Promise.resolve(new Map());
      },
      load: (_files, { length }) => Promise.resolve(new Float64Array(length)),
      applyReads: () => [],
      outputSchema: (input) => input,
      apply: ({ artifact }) => {
        expectTypeOf(artifact).toEqualTypeOf<{ operator: string; length: number }>();
        return (source) => source;
      },
    });
    expectTypeOf(definition).toExtend<FittedDefinition<z.ZodObject, z.ZodObject, z.ZodObject, Float64Array>>();
  });
});

describe('flow', () => {
  it('carries the types of items along', () => {
    const numbers = new Channel<number>({ capacity: 1, sizeOf: (item) => item });
    expectTypeOf(numbers).toExtend<AsyncIterable<number>>();
    expectTypeOf<Parameters<typeof numbers.send>>().toEqualTypeOf<[item: number]>();
    expectTypeOf(fromPull(numbers, { gate: new Gate() })).toEqualTypeOf<Observable<number>>();
    const texts = (item: number): Promise<string> => Promise.resolve(`${item}`);
    expectTypeOf(mapAsync(texts, { concurrency: 1 })).toEqualTypeOf<OperatorFunction<number, string>>();
    expectTypeOf(mapOrdered(numbers, texts, { concurrency: 1 })).toEqualTypeOf<
      AsyncGenerator<string, void, undefined>
    >();
    const lengths = map((text: string) => text.length);
    expectTypeOf(through(['a'], lengths)).toEqualTypeOf<AsyncGenerator<number, void, undefined>>();
    // @ts-expect-error numbers are no texts
    void through([1], lengths);
  });
});

describe('the package', () => {
  it('exports the operators, their definitions and the flow', () => {
    expectTypeOf<typeof publicApi.decodeMnist>().toEqualTypeOf<typeof decodeMnist>();
    expectTypeOf<typeof publicApi.imageToXyz>().toEqualTypeOf<typeof imageToXyz>();
    expectTypeOf<typeof publicApi.reservoirSample>().toEqualTypeOf<typeof reservoirSample>();
    expectTypeOf<typeof publicApi.soap>().toEqualTypeOf<typeof soap>();
    expectTypeOf<typeof publicApi.fitRobustRescale>().toEqualTypeOf<typeof fitRobustRescale>();
    expectTypeOf<typeof publicApi.fitCompress>().toEqualTypeOf<typeof fitCompress>();
    expectTypeOf<typeof publicApi.fitClassify>().toEqualTypeOf<typeof fitClassify>();
    expectTypeOf<typeof publicApi.select>().toEqualTypeOf<typeof select>();
    expectTypeOf<typeof publicApi.transformImage>().toEqualTypeOf<typeof transformImage>();
    expectTypeOf<typeof publicApi.xyzToImage>().toEqualTypeOf<typeof xyzToImage>();
    expectTypeOf<typeof publicApi.flattenPixels>().toEqualTypeOf<typeof flattenPixels>();
    expectTypeOf<typeof publicApi.poolImages>().toEqualTypeOf<typeof poolImages>();
    expectTypeOf<typeof publicApi.classifyImages>().toEqualTypeOf<typeof classifyImages>();
    expectTypeOf<typeof publicApi.correlate>().toEqualTypeOf<typeof correlate>();
    expectTypeOf<typeof publicApi.filter>().toEqualTypeOf<typeof filter>();
    expectTypeOf<typeof publicApi.defineOperator>().toEqualTypeOf<typeof defineOperator>();
    expectTypeOf<ReturnType<typeof publicApi.checkpointsBeside>>().toEqualTypeOf<publicApi.CheckpointStore>();
    expectTypeOf<StepContext['checkpoint']>().toEqualTypeOf<publicApi.CheckpointStore | undefined>();
    expectTypeOf<typeof publicApi.through>().toEqualTypeOf<typeof through>();
  });
});

type Optional<T> = { [Key in keyof T]?: T[Key] | undefined };
