/**
 * Opens a report in a real browser: light, dark, narrow and printed. Fails if the page logs errors, asks for anything beside itself, or
 * has something cut off, colliding or too small; takes screenshots to look at.
 *
 *   node scripts/checkReport.mjs [REPORT.html] [FOLDER]
 *
 * Without a report it makes one with every kind of figure. Screenshots go to FOLDER, by default a new temporary one. The browser is
 * CHROMIUM, or Chromium or Chrome on PATH.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium, launchChromium } from './support/chromium.mjs';
import { findFaults } from './support/pageChecks.mjs';

/** A4 less the margins of the print style, at 96 pixels an inch. */
const PRINT_WIDTH = Math.round(((210 - 2 * 15) / 25.4) * 96);
/** Letters of this many CSS pixels are small but legible; axes in a narrow window come close. */
const LEGIBLE = 8;

const VIEWS = [
  { name: 'light', width: 1200, theme: 'light', media: 'screen' },
  { name: 'dark', width: 1200, theme: 'dark', media: 'screen' },
  { name: 'narrow', width: 360, theme: 'light', media: 'screen' },
  { name: 'print', width: PRINT_WIDTH, theme: 'dark', media: 'print' },
];
/** Height of one screenshot of a long page. */
const SLICE = 1500;

const [given, folder = mkdtempSync(join(tmpdir(), 'soapstream-report-'))] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const executable = findChromium();
if (!executable) {
  process.stderr.write('checkReport: no Chromium found; install it, or say where it is with CHROMIUM=/path\n');
  process.exit(2);
}

const page = given === undefined ? await exampleReport() : resolve(given);
const browser = await launchChromium(executable);
const problems = [];
try {
  for (const view of VIEWS) problems.push(...(await check(view)).map((problem) => `${view.name}: ${problem}`));
} finally {
  await browser.close();
  if (given === undefined) rmSync(resolve(page, '..'), { recursive: true, force: true });
}
process.stdout.write(`${[...problems, `${problems.length} problems; screenshots in ${folder}`].join('\n')}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

async function exampleReport() {
  const { writeReportFolder } = await import('../test/support/reportFolder.mjs');
  const { writeReport } = await import('../dist/report/writeReport.js');
  const example = mkdtempSync(join(tmpdir(), 'soapstream-example-'));
  await writeReportFolder(example);
  return (await writeReport(example)).path;
}

async function check({ name, width, theme, media }) {
  const found = [];
  const url = pathToFileURL(page).href;
  const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
  const send = (method, params) => browser.send(method, params, sessionId);
  const loaded = new Promise((done) => {
    browser.on(({ method, params, sessionId: from }) => {
      if (from !== sessionId) return;
      if (method === 'Page.loadEventFired') done();
      if (method === 'Runtime.exceptionThrown') found.push(`exception: ${params.exceptionDetails.text}`);
      if (method === 'Runtime.consoleAPICalled') found.push(`console.${params.type}: ${params.args[0]?.value}`);
      if (method === 'Log.entryAdded') found.push(`log: ${params.entry.text}`);
      if (method === 'Network.requestWillBeSent') {
        const asked = params.request.url;
        if (asked !== url && !asked.startsWith('data:')) found.push(`asks for ${asked}`);
      }
    });
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: theme }] });
  await send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
  const { errorText } = await send('Page.navigate', { url });
  if (errorText) throw new Error(`${page} cannot be opened: ${errorText}`);
  await loaded;

  const evaluate = async (expression) =>
    (await send('Runtime.evaluate', { expression, returnByValue: true })).result.value;
  found.push(...(await evaluate(`(${findFaults.toString()})(${LEGIBLE})`)));
  const dark = await evaluate(`getComputedStyle(document.documentElement).backgroundColor !== 'rgb(255, 255, 255)'`);
  if (dark !== (theme === 'dark' && media === 'screen')) found.push(`expected the other colours, found dark: ${dark}`);

  const height = await evaluate('document.documentElement.scrollHeight');
  for (let y = 0, i = 1; y < height; y += SLICE, i++) {
    const clip = { x: 0, y, width, height: Math.min(SLICE, height - y), scale: 1 };
    const { data } = await send('Page.captureScreenshot', { clip, captureBeyondViewport: true });
    writeFileSync(join(folder, `${name}-${String(i).padStart(2, '0')}.png`), Buffer.from(data, 'base64'));
  }
  if (media === 'print') {
    const { data } = await send('Page.printToPDF', { preferCSSPageSize: true, paperWidth: 8.27, paperHeight: 11.69 });
    writeFileSync(join(folder, 'print.pdf'), Buffer.from(data, 'base64'));
  }
  await browser.send('Target.closeTarget', { targetId });
  return found;
}
