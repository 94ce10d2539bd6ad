/**
 * Bytes over TLS in Node. The server's certificate and name are checked on every connection unless the caller says
 * otherwise [K12].
 */
import { isIP } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { openSocket } from './tcp.ts';
import type { Transport } from './transport.ts';

/** TLS (`mqtts:`), with options of `tls.connect`: `ca`, `cert`, `key`, … */
export function tls(options: ConnectionOptions): Transport {
  return ({ host, port }, handler, signal) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ ...servername, ...options, host, port });
    socket.setNoDelay(true);
    return openSocket(socket, 'secureConnect', handler, signal);
  };
}
