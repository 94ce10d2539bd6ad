/**
 * `@mqtt/client` in Chromium: a page with a bundle, as a bundler makes it, that speaks the line protocol. One browser and
 * one page for all connections; closed by `closeBrowser`, or with this process.
 */
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { chromiumPath } from '../platforms/chromium.ts';
import { type LineProgram, lineClient } from './line-client.ts';
import { LineDesk } from './line-desk.ts';
import type { Client, Version } from './peer.ts';

const SCRIPT = fileURLToPath(new URL('./programs/page.ts', import.meta.url));
interface Running {
  readonly browser: Browser;
  readonly site: Server;
  readonly desk: LineDesk;
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [SCRIPT],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** The page has to come from loopback: Chromium keeps others away from it. */
async function openSite(script: string): Promise<Server> {
  const site = createServer(({ url }, response) => {
    const isScript = url === '/script.js';
    response
      .writeHead(200, { 'content-type': `${isScript ? 'text/javascript' : 'text/html'}; charset=utf-8` })
      .end(isScript ? script : '<!doctype html><script type="module" src="/script.js"></script>');
  });
  await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening));
  return site.unref();
}

async function start(): Promise<Running> {
  // The page is ours; a container, or a machine of CI, has no sandbox to give.
  const launching = chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  const [browser, script] = await Promise.all([launching, bundle()]);
  const site = await openSite(script);
  const page = await browser.newPage();
  const desk = new LineDesk((line) => {
    page
      .evaluate((text) => globalThis.perform(text), line)
      .catch((error: unknown) => desk.over(Error(String(error))));
  });
  await page.exposeFunction('report', (line: string) => desk.take(line));
  const address = site.address();
  await page.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`);
  await desk.ready;
  return { browser, site, desk };
}

let running: Promise<Running> | undefined;

async function open(): Promise<LineProgram> {
  running ??= start();
  const { desk } = await running.catch((error: unknown) => {
    running = undefined;
    throw error;
  });
  return { desk, release: () => Promise.resolve() };
}

/** Ends the browser, if there is one. */
export async function closeBrowser(): Promise<void> {
  const before = running;
  running = undefined;
  const { browser, site } = (await before) ?? {};
  await browser?.close();
  site?.closeAllConnections();
  site?.close();
}

/** Our client in a browser, in one protocol version. A page has no TCP. */
export function browserClient(version: Version): Client {
  return lineClient({
    name: '@mqtt/client (browser)',
    way: { version, transport: 'ws' },
    cannot: { endsWithWill: 'its DISCONNECT discards the will' },
    open,
  });
}
