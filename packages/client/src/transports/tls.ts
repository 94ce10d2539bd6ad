/**
 * Bytes over TLS in Node. The server's certificate and name are checked on every connection unless the caller says
 * otherwise [K12].
 */
import { isIP } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { type OpenSocket, whenReady } from './tcp.ts';
import type { Transport } from './transport.ts';

/** TLS (`mqtts:`), with options of `tls.connect`: `ca`, `cert`, `key`, …; `open`: the connection below it. */
export function tls(options: ConnectionOptions, open?: OpenSocket): Transport {
  return async ({ host, port }, handler, signal) => {
    const below = open === undefined ? {} : { socket: await open({ host, port }, signal) };
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ ...servername, ...options, host, port, ...below });
    socket.setNoDelay(true);
    return whenReady(socket, 'secureConnect', handler, signal);
  };
}
