/**
 * The options that every command shares: which server, who we are, TLS, the will. Adds them to a command, and turns
 * what was given into a URL and options of `connect`.
 */
import { isIP } from 'node:net';
import { join } from 'node:path';
import { MqttError, type NodeConnectOptions, type QoS } from '@mqtt/client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../exit-codes.ts';
import { throughProxy, toProxy } from '../socks.ts';
import type { World } from '../world.ts';
import { authMethod, decoded, type LoginWords, toLogin } from './login.ts';
import type { Given } from './properties.ts';

/** What a user may say about the connection. */
export interface ConnectionWords extends LoginWords {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly unix?: string;
  readonly ws?: boolean;
  /** -S */
  readonly srv?: boolean;
  /** -A */
  readonly bind?: string;
  readonly proxy?: string;
  readonly id?: string;
  readonly idPrefix?: string;
  readonly keepalive?: number;
  readonly disableCleanSession?: boolean;
  readonly sessionExpiry?: number;
  readonly willTopic?: string;
  readonly willPayload?: string;
  readonly willQos?: QoS;
  readonly willRetain?: boolean;
  readonly cafile?: string;
  readonly capath?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly ciphers?: string;
  readonly tlsVersion?: 'tlsv1.2' | 'tlsv1.3';
  readonly tlsAlpn?: string;
  readonly tlsUseOsCerts?: boolean;
  readonly insecure?: boolean;
  readonly psk?: string;
  readonly pskIdentity?: string;
  readonly debug?: boolean;
  readonly quiet?: boolean;
}

/** Where to connect and how; `topic` is what a URL of `-L` names behind the server. */
export interface Connection {
  /** Of -S several: each has its turn. */
  readonly url: string | readonly string[];
  readonly topic: string | undefined;
  readonly options: NodeConnectOptions;
}

/** The connection with so many QoS 2 messages in flight, where the user says how many: 3.x servers do not say it. */
export function withWindow(connection: Connection, window: number | undefined): Connection {
  if (window === undefined) return connection;
  return { ...connection, options: { ...connection.options, maximumQoS2InFlight: window } };
}

/** A whole number within limits. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
}

const VERSIONS: Readonly<Record<string, 3 | 4 | 5>> = {
  '5': 5,
  mqttv5: 5,
  '311': 4,
  mqttv311: 4,
  '31': 3,
  mqttv31: 3,
};

function version(text: string): 3 | 4 | 5 {
  const found = VERSIONS[text];
  if (found !== undefined) return found;
  throw new InvalidArgumentError('One of 5, 311, 31, mqttv5, mqttv311, mqttv31 is needed.');
}

const FOR_EVER = 4_294_967_295;

function expiry(text: string): number {
  return text === '-1' || text === '∞' ? FOR_EVER : whole(0, FOR_EVER)(text);
}

/** An option of Mosquitto's that cannot be done here; `why` says what to do. */
function refused(flags: string, why: string): Option {
  return new Option(flags).hideHelp().argParser(() => {
    throw new InvalidArgumentError(`It is not supported: ${why}.`);
  });
}

/** Adds the shared options to a command. */
export function addConnectionOptions(command: Command): Command {
  return command
    .optionsGroup('Server:')
    .option('-L, --url <url>', 'mqtt[s]://[user[:password]@]host[:port][/topic], ws[s]://…, unix:///path')
    .option('-h, --host <name>', 'host (default: localhost)')
    .option('-p, --port <port>', 'port (default: 1883; with TLS 8883; with --ws 8083)', whole(1, 65_535))
    .option('--unix <path>', 'a Unix socket in place of a host')
    .option('--ws', 'MQTT over WebSocket')
    .option(
      '-S, --srv',
      'host is a domain: look its servers up in DNS (_mqtt._tcp, with TLS _secure-mqtt._tcp)',
    )
    .option('-A, --bind <address>', "connect from this address of this machine's")
    .option('--proxy <url>', 'through a SOCKS5 proxy: socks5h://[user[:password]@]host[:port]')
    .optionsGroup('Identity and session:')
    .option('-i, --id <id>', 'client id (default: a random one)')
    .option('-I, --id-prefix <prefix>', 'client id: this and the process id')
    .option('-u, --username <name>', 'user name')
    .option('-P, --pw <password>', 'password; better from $MQTT_PASSWORD or one of the next two')
    .option('--password-file <file>', 'the password is the first line of this file')
    .option('--ask-password', 'ask for the password on the terminal')
    .option(
      '--auth-method <method>',
      'SCRAM-SHA-256: prove name and password without sending them (5.0)',
      authMethod,
    )
    .option('-V, --protocol-version <version>', '5, 311 or 31', version, 5)
    .option('-k, --keepalive <seconds>', 'keep alive (default: 60)', whole(0, 65_535))
    .option('-c, --disable-clean-session', 'keep the session after the end (needs -i)')
    .option('-x, --session-expiry <seconds>', 'how long the session is kept; -1: for ever (5.0)', expiry)
    .option('--will-topic <topic>', 'the will: what the server publishes if this ends without a word')
    .option('--will-payload <text>', 'its payload')
    .option('--will-qos <qos>', 'its QoS', whole(0, 2))
    .option('--will-retain', 'it is retained')
    .optionsGroup('TLS:')
    .option('--cafile <file>', 'certificates to trust (PEM); this or the next makes it TLS')
    .option('--capath <folder>', 'a folder of them')
    .option('--tls-use-os-certs', 'TLS with the usual certificate authorities')
    .option('--cert <file>', "this client's certificate (PEM)")
    .option('--key <file>', 'its key (PEM)')
    .option('--ciphers <list>', 'as of openssl ciphers')
    .addOption(new Option('--tls-version <version>', 'only this version').choices(['tlsv1.2', 'tlsv1.3']))
    .option('--tls-alpn <protocol>', 'protocol of ALPN')
    .option('--insecure', "do not check the name in the server's certificate")
    .addOption(refused('--keyform <form>', 'a key is a PEM file: --key'))
    .addOption(
      refused('--tls-engine <engine>', 'Node has no engines of OpenSSL; give the key as a file: --key'),
    )
    .addOption(refused('--tls-engine-kpass-sha1 <hash>', 'Node has no engines of OpenSSL'))
    .option('--psk <hex>', 'TLS with this pre-shared key')
    .option('--psk-identity <name>', 'whose key it is')
    .optionsGroup('Talk:')
    .option('--nodelay', 'no waiting for more to send (Nagle): always so')
    .option('-d, --debug', 'say on stderr what happens, and each packet')
    .option('--quiet', 'say nothing on stderr')
    .option('-o, --options-file <file>', 'more options, one a line');
}

function isTls(words: ConnectionWords): boolean {
  const { cafile, capath, tlsUseOsCerts, psk, cert } = words;
  return Boolean(cafile ?? capath ?? tlsUseOsCerts ?? psk ?? cert);
}

/** @throws UsageError */
function toUrl(words: ConnectionWords): { url: string; topic: string | undefined } {
  const { url, host, port, unix, ws } = words;
  if (url !== undefined) {
    if (host !== undefined || port !== undefined || unix !== undefined)
      throw new UsageError('-L says host and port already: leave -h, -p and --unix out');
    const [, start = '', path = ''] = /^((?:mqtts?|tcp|ssl|tls):\/\/[^/?#]*)\/(.*)$/s.exec(url) ?? [];
    if (start === '') return { url, topic: undefined };
    // A password may hold a "/" only as %2F, so the first one behind the host begins the topic.
    return { url: start, topic: path === '' ? undefined : decoded(path) };
  }
  if (unix !== undefined) return { url: `unix://${encodeURI(unix)}`, topic: undefined };
  const name = host ?? 'localhost';
  const where = name.includes(':') ? `[${name}]` : name;
  const tls = isTls(words) || port === 8883;
  const scheme = ws ? (tls ? 'wss' : 'ws') : tls ? 'mqtts' : 'mqtt';
  const at = port ?? (ws ? 8083 : undefined);
  return {
    url: `${scheme}://${where}${at === undefined ? '' : `:${at}`}${ws ? '/mqtt' : ''}`,
    topic: undefined,
  };
}

/** The servers that a domain names in DNS, the preferred first. @throws UsageError, MqttError */
async function servers(words: ConnectionWords, world: World): Promise<string[]> {
  const { host, port, unix, ws, url } = words;
  if (host === undefined || port !== undefined || unix !== undefined || ws === true || url !== undefined)
    throw new UsageError(
      '-S needs -h with a domain, and nothing else that names a server (-p, -L, --ws, --unix)',
    );
  const isSecure = isTls(words);
  const name = `_${isSecure ? 'secure-mqtt' : 'mqtt'}._tcp.${host}`;
  let found: Awaited<ReturnType<World['resolveSrv']>>;
  try {
    found = await world.resolveSrv(name);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MqttError('CONNECT_FAILED', `-S: ${name} is not in DNS: ${why}`, { cause: error });
  }
  const sorted = [...found].sort((a, b) => a.priority - b.priority || b.weight - a.weight);
  return sorted.map((one) => `${isSecure ? 'mqtts' : 'mqtt'}://${one.name}:${one.port}`);
}

/** What goes into the way to the network. @throws UsageError */
function toWay({ bind, proxy, ws, unix, url = '' }: ConnectionWords): NodeConnectOptions {
  if (bind !== undefined && isIP(bind) === 0) throw new UsageError(`-A ${bind}: an IP address is needed`);
  const tcp = bind === undefined ? {} : { tcp: { localAddress: bind } };
  if (proxy === undefined) return tcp;
  const through = toProxy(proxy);
  if (through === undefined) throw new UsageError('--proxy: write socks5h://[user[:password]@]host[:port]');
  if (ws === true || unix !== undefined || /^(ws|unix)/.test(url))
    throw new UsageError('--proxy is for TCP and TLS, not for WebSocket or a Unix socket');
  return { openSocket: (to, signal) => throughProxy(through, to, signal, bind) };
}

async function file(world: World, option: string, path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await world.readFile(path));
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function authorities(words: ConnectionWords, world: World): Promise<string[]> {
  const { cafile, capath } = words;
  const found: string[] = [];
  if (cafile !== undefined) found.push(await file(world, '--cafile', cafile));
  if (capath !== undefined) {
    const names = (await world.readFolder(capath)).filter((name) => /\.(crt|pem)$/.test(name));
    if (names.length === 0) throw new UsageError(`--capath: no .crt or .pem file in ${capath}`);
    for (const name of names) found.push(await file(world, '--capath', join(capath, name)));
  }
  return found;
}

type TlsOptions = NonNullable<NodeConnectOptions['tls']>;

async function toTls(words: ConnectionWords, world: World): Promise<TlsOptions> {
  const { cert, key, ciphers, tlsVersion, tlsAlpn, insecure, psk, pskIdentity } = words;
  if ((psk === undefined) !== (pskIdentity === undefined))
    throw new UsageError('--psk and --psk-identity go together');
  if (psk !== undefined && !/^([0-9a-f]{2})+$/i.test(psk))
    throw new UsageError('--psk: a key in hexadecimal is needed');
  const ca = await authorities(words, world);
  const only = tlsVersion?.replace('tlsv', 'TLSv') as 'TLSv1.2' | 'TLSv1.3' | undefined;
  return {
    ...(ca.length > 0 && { ca }),
    ...(cert !== undefined && { cert: await file(world, '--cert', cert) }),
    ...(key !== undefined && { key: await file(world, '--key', key) }),
    ...(ciphers !== undefined && { ciphers }),
    ...(only !== undefined && { minVersion: only, maxVersion: only }),
    ...(tlsAlpn !== undefined && { ALPNProtocols: [tlsAlpn] }),
    ...(insecure === true && { checkServerIdentity: () => undefined }),
    ...(psk !== undefined && {
      // In TLS 1.3 a key of this kind is a session ticket's, which Node does not offer here.
      maxVersion: 'TLSv1.2' as const,
      ciphers: ciphers ?? 'PSK',
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: Buffer.from(psk, 'hex'), identity: pskIdentity ?? '' }),
    }),
  };
}

function toWill(words: ConnectionWords, given: Given): Pick<NodeConnectOptions, 'will'> {
  const { willTopic, willPayload, willQos, willRetain } = words;
  if (willTopic === undefined) {
    if (willPayload ?? willQos ?? willRetain ?? given.will) throw new UsageError('a will needs --will-topic');
    return {};
  }
  const will = {
    topic: willTopic,
    payload: willPayload ?? '',
    qos: willQos ?? 0,
    retain: willRetain ?? false,
  };
  return { will: given.will === undefined ? will : { ...will, properties: given.will } } as Pick<
    NodeConnectOptions,
    'will'
  >;
}

/** The session's length: -x, or for ever with -c, or what the connection lives. */
function toSession(words: ConnectionWords, given: Given): NodeConnectOptions {
  const { disableCleanSession = false, sessionExpiry, id, protocolVersion } = words;
  const connect = given.connect ?? {};
  if (disableCleanSession && id === undefined) throw new UsageError('-c needs a client id: -i');
  if (protocolVersion < 5) {
    if (sessionExpiry !== undefined) throw new UsageError('-x needs version 5: -V 5');
    if (Object.keys(given).length > 0) throw new UsageError('-D needs version 5: -V 5');
    return { cleanStart: !disableCleanSession };
  }
  const { maximumPacketSize, ...others } = connect as { maximumPacketSize?: number };
  const kept = sessionExpiry ?? (disableCleanSession ? FOR_EVER : undefined);
  return {
    cleanStart: !disableCleanSession,
    ...(maximumPacketSize !== undefined && { maximumPacketSize }),
    properties: { ...(kept !== undefined && { sessionExpiryInterval: kept }), ...others },
  };
}

/** @throws UsageError */
export async function toConnection(words: ConnectionWords, given: Given, world: World): Promise<Connection> {
  const { id, idPrefix, keepalive, protocolVersion } = words;
  if (id !== undefined && idPrefix !== undefined) throw new UsageError('-i and -I: one of them');
  const { url: named, topic } =
    words.srv === true ? { url: await servers(words, world), topic: undefined } : toUrl(words);
  const { url, login } = await toLogin(words, world, named);
  const clientId = idPrefix === undefined ? id : `${idPrefix}${world.processId}`;
  const options = {
    version: protocolVersion,
    ...toSession(words, given),
    ...toWill(words, given),
    ...(clientId !== undefined && { clientId }),
    ...login,
    ...(keepalive !== undefined && { keepAlive: keepalive }),
    tls: await toTls(words, world),
    ...toWay(words),
  };
  return { url, topic, options: options as NodeConnectOptions };
}
