/**
 * The page of a run in Chromium: the matrix, a pair that is clicked, the packets of a play that failed, and that it asks
 * nobody for anything.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReports } from '../../src/matrix/reports.ts';
import { chromiumPath } from '../../src/platforms/chromium.ts';
import { madeUpReport } from './made-up.ts';

let folder: string;
let browser: Browser;
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interop-page-'));
  const at = (name: string): string => join(folder, name);
  writeReports(madeUpReport(), { json: at('r.json'), junit: at('r.xml'), html: at('r.html') });
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

async function opened(width = 1280): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(join(folder, 'r.html')).href);
  return { page, errors };
}

describe('the page of a run', () => {
  it('has a cell for each pair, that says how it went', async () => {
    const { page, errors } = await opened();
    const labels = await page
      .locator('.tile')
      .evaluateAll((tiles) => tiles.map((one) => one.getAttribute('aria-label')));
    expect(labels).toEqual([
      'MQTT.js with mqttd: 1 passed, 1 failed, 0 known departures, 1 not played',
      'MQTT.js with mosquitto: 1 passed, 0 failed, 1 known departure, 0 not played',
    ]);
    expect(await page.locator('.verdict').textContent()).toBe('✗ 1 play failed');
    expect(await page.getByText('Known departures').count()).toBe(1);
    expect(await page.getByText('it closes without a word').count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it('opens a pair by keyboard: scenarios by ways, and the packets of what failed, in words and bytes', async () => {
    const { page, errors } = await opened();
    await page.locator('.tile').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('h2').first().textContent()).toBe('MQTT.js with mqttd');
    await page.locator('.mark.failed', { hasText: '7' }).last().click();
    const shown = await page.locator('.exchange li').allTextContents();
    expect(shown).toEqual(['1 msreader→PINGREQ c0 00', '2 msreader·closed by the broker']);
    expect(await page.locator('.reason').textContent()).toContain('<b>nothing</b> came');
    await page.getByText('Not played, and why (1)').first().click();
    expect(await page.getByText('it has no 5.0').first().isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.locator('.pair').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it('fits a phone, in light and dark', async () => {
    const { page } = await opened(400);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator('.tile').last().click();
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(over).toBe(0);
    }
  });

  it('asks nobody for anything', () => {
    expect(asked.every((url) => url.startsWith('file:'))).toBe(true);
    expect(new Set(asked).size).toBe(1);
  });
});
