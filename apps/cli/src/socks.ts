/**
 * A TCP connection through a SOCKS5 proxy (RFC 1928), with a user name and password (RFC 1929) where the proxy wants
 * them; the proxy looks the name up. Knows nothing of MQTT.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Where a proxy is, and who asks it. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

const REPLIES = [
  'done',
  'it failed',
  'its rules forbid it',
  'the network is unreachable',
  'the host is unreachable',
  'the connection was refused',
  'it took too long',
  'it does not know CONNECT',
  'it does not know this kind of address',
];

/** Reads `socks5h://[user[:password]@]host[:port]`. undefined: it is none. */
export function toProxy(text: string): Proxy | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  const { protocol, hostname, port, username, password } = url;
  if (!/^socks5h?:$/.test(protocol) || hostname === '') return undefined;
  const [name, secret] = [username, password].map(decodeURIComponent) as [string, string];
  if (Math.max(Buffer.byteLength(name), Buffer.byteLength(secret)) > 255) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? 1080 : Number(port), username: name, password: secret };
}

function short(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/** What a proxy answers, piece by piece. */
class Answers {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #look = (): void => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#add).on('close', this.#ended);
  }

  readonly #add = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#look();
  };

  readonly #ended = (): void => this.#look();

  /** Exactly so many bytes. */
  take(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (this.#bytes.length >= count) {
          this.#look = () => {};
          resolve(this.#bytes.subarray(0, count));
          this.#bytes = this.#bytes.subarray(count);
        } else if (this.#socket.closed) reject(new Error('the proxy closed the connection'));
      };
      this.#look();
    });
  }

  /** The proxy has said all; what came behind it is the server's. */
  done(): Socket {
    const socket = this.#socket;
    socket.off('data', this.#add).off('close', this.#ended).pause();
    if (this.#bytes.length > 0) socket.unshift(this.#bytes);
    return socket;
  }
}

async function greet(socket: Socket, answers: Answers, { username, password }: Proxy): Promise<void> {
  const methods = username === '' ? [0] : [0, 2];
  socket.write(Buffer.of(5, methods.length, ...methods));
  const [version, method = 0xff] = await answers.take(2);
  if (version !== 5) throw new Error('it is no SOCKS5 proxy');
  if (method === 0) return;
  if (method !== 2 || username === '')
    throw new Error(
      `the proxy wants ${username === '' ? 'a user name: socks5h://user:password@…' : 'another proof'}`,
    );
  socket.write(Buffer.concat([Buffer.of(1), short(username), short(password)]));
  const [, status] = await answers.take(2);
  if (status !== 0) throw new Error('the proxy refused the user name or password');
}

/** Opens a connection to `host` through the proxy. @throws Error that says what the proxy did */
export async function throughProxy(
  proxy: Proxy,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
  localAddress?: string,
): Promise<Socket> {
  const socket = connect({
    host: proxy.host,
    port: proxy.port,
    noDelay: true,
    ...(localAddress && { localAddress }),
  });
  const answers = new Answers(socket);
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await once(socket, 'connect', { signal });
    await greet(socket, answers, proxy);
    socket.write(Buffer.concat([Buffer.of(5, 1, 0, 3), short(host), Buffer.of(port >> 8, port & 0xff)]));
    const [version, reply = 1, , kind] = await answers.take(4);
    if (version !== 5) throw new Error('it is no SOCKS5 proxy');
    if (reply !== 0)
      throw new Error(`the proxy did not reach ${host}:${port}: ${REPLIES[reply] ?? `reply ${reply}`}`);
    const length = kind === 1 ? 4 : kind === 4 ? 16 : ((await answers.take(1))[0] ?? 0);
    await answers.take(length + 2); // where the proxy connects from
    return answers.done();
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`through the proxy ${proxy.host}:${proxy.port}: ${why}`, { cause: error });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
