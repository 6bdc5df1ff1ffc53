import { defineConfig } from 'vitest/config';

// Tests run the build (`#dist/…`), so that they exercise what users install, worker threads included.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    server: { deps: { external: [/\/dist\//] } },
    pool: 'forks',
    // Whoever uses memory that has been given back sees it; in spawned commands and worker threads, too.
    env: { SOAPSTREAM_POISON: '1' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
