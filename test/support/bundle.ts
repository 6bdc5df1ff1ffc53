import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, createLogger } from 'vite';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What Vite makes of a page's module. */
export interface Bundle {
  /** Of the page itself. */
  readonly code: string;
  /** Chunks that it loads at once, and later. */
  readonly imports: readonly string[];
  readonly warnings: readonly string[];
}

/** A page that imports the package, as Vite makes it for browsers, with no configuration but what to bundle. */
export async function bundlePage(page: string): Promise<Bundle> {
  const root = mkdtempSync(join(tmpdir(), 'soapstream-bundle-'));
  try {
    mkdirSync(join(root, 'node_modules'));
    symlinkSync(ROOT, join(root, 'node_modules/soapstream'), 'junction');
    writeFileSync(join(root, 'page.js'), page);
    const warnings: string[] = [];
    const customLogger = createLogger('warn');
    const tell = (message: string) => warnings.push(message);
    Object.assign(customLogger, { warn: tell, warnOnce: tell, error: tell });
    const rollupOptions = { input: join(root, 'page.js') };
    const result = await build({
      root,
      configFile: false,
      logLevel: 'warn',
      customLogger,
      build: { write: false, rollupOptions },
    });
    if (!('output' in result)) throw new TypeError('expected one bundle');
    const [{ code, imports, dynamicImports }] = result.output;
    return { code, imports: [...imports, ...dynamicImports], warnings };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
