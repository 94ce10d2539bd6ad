/** What a failure of TLS says, over TCP and WebSocket: words for a person, and no line of OpenSSL's source. */
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../src/index.node.ts';
import { failure } from './lab.ts';

const read = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const [key, cert] = [read('localhost.key'), read('localhost.crt')];
const secure = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true };

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** The port of a server that listens, and what it hears of failures. */
function listening(server: Server): Promise<number> {
  servers.push(server);
  server.on('tlsClientError', () => {});
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

describe('a failure of TLS', () => {
  it.each([
    ['mqtts', () => createTlsServer(secure)],
    ['wss', () => createHttpsServer(secure)],
  ] as const)('%s: says that the server wants a certificate', async (scheme, make) => {
    const port = await listening(make());
    const error = await failure(connect(`${scheme}://localhost:${port}`, { tls: { ca: cert } }));
    expect(error).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(
        /TLS failed, .*certificate required: the server wants one of the client/,
      ),
    });
    expect(error).toMatchObject({ message: expect.not.stringMatching(/\n|is it MQTT/) });
  });

  it('says that the other end speaks no TLS', async () => {
    const port = await listening(
      createServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('SSH-2.0\r\n'),
      ),
    );
    expect(await failure(connect(`mqtts://localhost:${port}`))).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/TLS failed, wrong version number$/),
    });
  });
});
