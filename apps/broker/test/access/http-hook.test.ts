/** A web service that answers, and everything it may do instead of answering: each of those is a no. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client, Credentials } from '@mqtt/broker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpHook, type HttpHookRules } from '../../src/access/http-hook.ts';

type Reply = (response: ServerResponse) => void;

let server: Server;
let url = '';
let reply: Reply = () => {};
let questions: { readonly path: string; readonly body: Record<string, unknown>; readonly header: string }[] =
  [];
let failures: string[] = [];
let now = 0;

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

beforeEach(async () => {
  [questions, failures, now] = [[], [], 0];
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      questions.push({ path: request.url ?? '', body, header: String(request.headers['x-key']) });
      reply(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function hook(rules: Partial<HttpHookRules> = {}): HttpHook {
  const standard: HttpHookRules = {
    authenticateUrl: `${url}/login`,
    authorizeUrl: `${url}/may`,
    headers: { 'x-key': 'k' },
    timeout: 2000,
    cacheFor: 1000,
    atOnce: 8,
  };
  return new HttpHook(
    { ...standard, ...rules },
    () => now,
    (why) => failures.push(why),
  );
}

function credentials(password = 'secret', peer = '10.0.0.9:5'): Credentials {
  return {
    clientId: 'c',
    username: 'alice',
    password: new TextEncoder().encode(password),
    version: 4,
    peer,
    listener: 'main',
    certificate: undefined,
    cleanStart: true,
    keepAlive: 0,
    userProperties: [],
  };
}

const client: Client = {
  clientId: 'c',
  identity: 'alice',
  username: 'alice',
  version: 4,
  peer: '10.0.0.9:5',
  listener: 'main',
  certificate: undefined,
};

const says =
  (answer: unknown): Reply =>
  (response) =>
    void response.end(JSON.stringify(answer));

describe('authenticate', () => {
  it('asks with what the client offered, and takes the identity from the answer', async () => {
    reply = says({ result: 'allow', identity: 'user-17' });
    expect(await hook().authenticate(credentials())).toEqual({ is: 'known', identity: 'user-17' });
    expect(questions).toEqual([
      {
        path: '/login',
        header: 'k',
        body: {
          clientId: 'c',
          username: 'alice',
          password: 'secret',
          version: 4,
          address: '10.0.0.9',
          listener: 'main',
        },
      },
    ]);
  });

  it.each([
    [{ result: 'allow' }, { is: 'known', identity: 'alice' }],
    [{ result: 'deny' }, { is: 'wrong' }],
    [{ result: 'ignore' }, { is: 'unknown' }],
  ])('%j means %j', async (answer, finding) => {
    reply = says(answer);
    expect(await hook().authenticate(credentials())).toEqual(finding);
    expect(failures).toEqual([]);
  });

  it('is not asked for who offers nothing, or without a URL', async () => {
    const nothing = { ...credentials(), username: undefined, password: undefined };
    expect(await hook().authenticate(nothing)).toEqual({ is: 'unknown' });
    expect(await hook({ authenticateUrl: undefined }).authenticate(credentials())).toEqual({ is: 'unknown' });
    expect(questions).toEqual([]);
  });

  it.each([
    [
      'another status',
      (response: ServerResponse) => void response.writeHead(500).end('{"result":"allow"}'),
      /status 500/,
    ],
    ['a redirect', (response: ServerResponse) => void response.writeHead(302, { location: '/x' }).end(), /./],
    ['no JSON', (response: ServerResponse) => void response.end('yes'), /./],
    ['an answer of another form', says({ result: true }), /without "result"/],
    ['a name that is none', says({ result: 'allow', identity: 7 }), /without "result"/],
    [
      'an endless answer',
      (response: ServerResponse) => void response.end('x'.repeat(100_000)),
      /more than 65536 bytes/,
    ],
    ['a broken connection', (response: ServerResponse) => response.destroy(), /./],
  ])('%s is a no, and is told', async (_what, how, why) => {
    reply = how;
    expect(await hook().authenticate(credentials())).toEqual({ is: 'busy' });
    expect(failures).toEqual([expect.stringMatching(why)]);
    expect(failures[0]).toContain(`${url}/login`);
  });

  it('no answer in time, or no server at all, is a no', async () => {
    reply = () => {};
    expect(await hook({ timeout: 50 }).authenticate(credentials())).toEqual({ is: 'busy' });
    const gone = hook({ authenticateUrl: 'http://127.0.0.1:9/login' });
    expect(await gone.authenticate(credentials())).toEqual({ is: 'busy' });
    expect(failures).toEqual([expect.stringContaining('timeout'), expect.stringContaining('fetch failed: ')]);
  });

  it('more questions at once than allowed are a no', async () => {
    const waiting: ServerResponse[] = [];
    reply = (response) => void waiting.push(response);
    const busy = hook({ atOnce: 1 });
    const first = busy.authenticate(credentials('one'));
    expect(await busy.authenticate(credentials('two'))).toEqual({ is: 'busy' });
    await expect.poll(() => waiting.length).toBe(1);
    for (const response of waiting) says({ result: 'allow' })(response);
    expect(await first).toMatchObject({ is: 'known' });
  });
});

describe('what is remembered', () => {
  it('[E17] an answer for a while, for that very question, whatever port it comes from', async () => {
    reply = says({ result: 'allow' });
    const web = hook();
    for (const peer of ['10.0.0.9:1', '10.0.0.9:2']) await web.authenticate(credentials('secret', peer));
    expect(questions).toHaveLength(1);
    await web.authenticate(credentials('other'));
    await web.authenticate(credentials('secret', '10.0.0.8:1'));
    expect(questions).toHaveLength(3);
    now = 1000;
    await web.authenticate(credentials());
    expect(questions).toHaveLength(4);
    web.forget();
    await web.authenticate(credentials());
    expect(questions).toHaveLength(5);
  });

  it('nothing when it is switched off, and no failure', async () => {
    reply = says({ result: 'allow' });
    const web = hook({ cacheFor: 0 });
    await web.authenticate(credentials());
    await web.authenticate(credentials());
    expect(questions).toHaveLength(2);
    const failing = hook();
    reply = (response) => void response.writeHead(503).end();
    await failing.authenticate(credentials());
    reply = says({ result: 'allow' });
    expect(await failing.authenticate(credentials())).toMatchObject({ is: 'known' });
  });
});

describe('authorize', () => {
  it('asks about publishing and subscribing; deliveries follow the subscription', async () => {
    reply = says({ result: 'allow' });
    const web = hook();
    expect(await web.publish(client, 'a/b')).toBe(true);
    expect(questions[0]?.body).toEqual({
      action: 'publish',
      topic: 'a/b',
      clientId: 'c',
      username: 'alice',
      identity: 'alice',
      address: '10.0.0.9',
      listener: 'main',
    });
    reply = says({ result: 'deny' });
    expect(await web.subscribe(client, 'a/#')).toBe(false);
    reply = says({ result: 'ignore' });
    expect(await web.subscribe(client, 'b/#')).toBe(undefined);
    expect(web.receive()).toBe(true);
  });

  it('has no opinion without a URL', async () => {
    const web = hook({ authorizeUrl: undefined });
    expect([await web.publish(client, 'a'), await web.subscribe(client, 'a'), web.receive()]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
