/** The admin listener over real HTTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdminListener, openAdmin } from '../../src/observe/admin.ts';

let listener: AdminListener;
let unready: string | undefined;
let contentType: string | null;
beforeEach(async () => {
  unready = undefined;
  listener = await openAdmin('127.0.0.1', 0, { metrics: () => 'a 1\n', unready: () => unready });
});
afterEach(() => listener.close());

async function get(path: string, method = 'GET'): Promise<readonly [number, string]> {
  const response = await fetch(`${listener.url}${path}`, { method });
  contentType = response.headers.get('content-type');
  return [response.status, await response.text()];
}

describe('the admin listener', () => {
  it('serves metrics, health and readiness', async () => {
    expect(await get('/metrics')).toEqual([200, 'a 1\n']);
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await get('/metrics?x=y')).toEqual([200, 'a 1\n']);
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
    expect(await get('/readyz')).toEqual([200, 'ok\n']);
    unready = 'draining';
    expect(await get('/readyz')).toEqual([503, 'draining\n']);
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
  });

  it('nothing else, and changes nothing', async () => {
    expect((await get('/'))[0]).toBe(404);
    expect((await get('/metrics/'))[0]).toBe(404);
    expect((await get('/metrics', 'POST'))[0]).toBe(405);
    expect(await get('/healthz', 'HEAD')).toEqual([200, '']);
  });

  it('a port that is taken is an error of the system', async () => {
    const { port } = new URL(listener.url);
    await expect(
      openAdmin('127.0.0.1', Number(port), { metrics: () => '', unready: () => unready }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
