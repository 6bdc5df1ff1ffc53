import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { readArtifact, readArtifactDescription, type StoredArtifact, writeArtifact } from '#dist/io/artifacts.js';
import { readJson } from '#dist/io/jsonFile.js';
import { counterRandom } from '#dist/random/counterRandom.js';
import { temporaryDirectory } from './samples.js';

const artifact: StoredArtifact = {
  description: { operator: 'robustRescale', length: 3, features: { rCut: '5' } },
  files: new Map([['moments.arrow', Uint8Array.from({ length: 64 }, (_, i) => i)]]),
};

async function stored(): Promise<string> {
  const directory = join(await temporaryDirectory(), 'scaler');
  await writeArtifact(directory, artifact);
  return directory;
}

describe('an artifact', () => {
  it('is read as it was written', async () => {
    const directory = await stored();
    const found = await readArtifact(directory);
    expect(found.description).toMatchObject(artifact.description);
    expect([...found.files].map(([name, bytes]) => [name, [...bytes]])).toEqual(
      [...artifact.files].map(([name, bytes]) => [name, [...bytes]]),
    );
    expect(await readArtifactDescription(join(directory, 'other'))).toBeUndefined();
  });

  it('is told to be damaged, with the name of the file, whichever bit has flipped', async () => {
    const directory = await stored();
    const random = counterRandom(11, 'noise');
    const manifest = JSON.parse(await readFile(join(directory, 'artifact.json'), 'utf8')) as unknown;
    let draws = 0;
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      const whole = await readFile(path);
      for (let round = 0; round < 150; round++) {
        const flipped = Uint8Array.from(whole);
        const at = Math.floor(random.uniform(draws++, 0) * whole.length);
        flipped[at]! ^= 1 << Math.floor(random.uniform(draws++, 0) * 8);
        await writeFile(path, flipped);
        const found = await readArtifact(directory).catch((error: unknown) => error);
        // White space between the values of a manifest means nothing.
        if (!(found instanceof PipelineError)) expect((found as StoredArtifact).description).toEqual(manifest);
        else
          expect(found).toMatchObject({
            code: expect.stringMatching(/^(badData|missingInput)$/) as string,
            message: expect.stringContaining(directory) as string,
          });
      }
      await writeFile(path, whole);
    }
  });

  it.each([
    ['../../secret', /artifact\.json: damaged, or not written by this version: fit the artifact again$/],
    ['/etc/passwd', /artifact\.json: damaged, or not written by this version: fit the artifact again$/],
  ])('reads no file %s', async (name, message) => {
    const directory = await stored();
    const path = join(directory, 'artifact.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('moments.arrow', name));
    await expect(readArtifact(directory)).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(message) as string,
    });
  });

  it('is not read where a file is longer than was written', async () => {
    const directory = await stored();
    await truncate(join(directory, 'moments.arrow'), 2 ** 33);
    await expect(readArtifact(directory)).rejects.toMatchObject({
      code: 'badData',
      message: `${join(directory, 'moments.arrow')}: expected 64 bytes, found ${2 ** 33}`,
    });
  });

  it.each(['null', '[]', '3', '{}', '{"files": 3, "sha256": ""}', '{"files": [{}], "sha256": []}'])(
    'is damaged where its manifest is %s',
    async (text) => {
      const directory = join(await temporaryDirectory(), 'scaler');
      await mkdir(directory);
      await writeFile(join(directory, 'artifact.json'), text);
      await expect(readArtifactDescription(directory)).rejects.toMatchObject({
        code: 'badData',
        message: `${join(directory, 'artifact.json')}: damaged, or not written by this version: fit the artifact again`,
      });
    },
  );
});

describe('readJson', () => {
  it.each([
    ['{"a": ', /: expected JSON: /],
    ['['.repeat(501) + ']'.repeat(501), /: nested more than 500 deep$/],
    [`{"a": "${'x'.repeat(2 ** 25)}"}`, /: expected at most 33554432 bytes, found \d+$/],
  ])('refuses %.20s', async (text, message) => {
    const path = join(await temporaryDirectory(), 'a.json');
    await writeFile(path, text);
    await expect(readJson(path)).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(message) as string,
    });
  });

  it('counts no brackets within texts', async () => {
    const path = join(await temporaryDirectory(), 'a.json');
    const value = { a: '['.repeat(1000), 'b"[': ['\\"', { c: '{' }] };
    await writeFile(path, JSON.stringify(value));
    expect(await readJson(path)).toEqual(value);
  });
});
