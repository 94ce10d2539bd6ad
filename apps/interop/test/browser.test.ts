/** `@mqtt/client` in a browser: headless Chromium over WebSocket, from built files and from a bundle. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../src/platforms/chromium.ts';
import { openSite, type Site } from '../src/platforms/site.ts';
import { smallChecks } from '../src/platforms/small.ts';
import { type SteadyBroker, steadyBrokers } from '../src/platforms/steady.ts';
import { checks } from '../src/platforms/suite.ts';

let browser: Browser;
let site: Site;

beforeAll(async () => {
  // The pages are ours; a container, or a machine of CI, has no sandbox to give.
  const launched = chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  [browser, site] = await Promise.all([launched, openSite()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

describe.each(['mqttd', 'mosquitto'])('a page and %s', (name) => {
  let broker: SteadyBroker;
  const pages: Partial<Record<'module' | 'bundle', Page>> = {};

  beforeAll(async () => {
    const start = steadyBrokers[name];
    if (start === undefined) throw new Error(`no broker ${name}`);
    broker = await start();
    for (const kind of ['module', 'bundle'] as const) {
      const page = await browser.newPage();
      await page.exposeFunction('restart', () => broker.restart());
      await page.goto(site.pages[kind]);
      await page.waitForFunction('globalThis.suite !== undefined');
      pages[kind] = page;
    }
  });

  afterAll(async () => {
    await Promise.all(Object.values(pages).map((page) => page.close()));
    await broker?.stop();
  });

  describe.each(['module', 'bundle'] as const)('from a %s', (kind) => {
    // Mosquitto 2.0 that has nothing else to do takes 4 KiB of a WebSocket every 100 ms, whoever sends: once is enough.
    const isSlow = name === 'mosquitto' && kind === 'module';
    const names = Object.keys({ ...checks, ...smallChecks }).filter((check) => !isSlow || check !== '1 MiB');
    it.concurrent.each(names)('%s', async (check) => {
      const calling = pages[kind]?.evaluate(
        ([what = '', url = '']) => globalThis.suite.check(what, url),
        [check, broker.addresses.ws],
      );
      await expect(calling).resolves.toBeUndefined();
    });

    it('what a page accepted survives its reload, in IndexedDB', async () => {
      const page = pages[kind];
      const args = [broker.addresses.ws, `reload/${name}/${kind}`];
      await page?.evaluate(([url = '', topic = '']) => globalThis.suite.leave(url, topic), args);
      await page?.reload();
      await page?.waitForFunction('globalThis.suite !== undefined');
      const calling = page?.evaluate(([url = '', topic = '']) => globalThis.suite.comeBack(url, topic), args);
      await expect(calling).resolves.toBeUndefined();
    });

    it('small: comes back after the server was restarted', async () => {
      const calling = pages[kind]?.evaluate((url) => globalThis.suite.surviveSmall(url), broker.addresses.ws);
      await expect(calling).resolves.toBeUndefined();
    });

    it('comes back after the server was restarted', async () => {
      const calling = pages[kind]?.evaluate((url) => globalThis.suite.survive(url), broker.addresses.ws);
      await expect(calling).resolves.toBeUndefined();
    });
  });
});
