/**
 * RabbitMQ with its MQTT plugins, as Debian packages it: a node of its own in a folder of its own, on free loopback ports,
 * without epmd and without AMQP. Anonymous clients are the user guest, who may do everything from loopback.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { freePorts } from './free-port.ts';
import type { Broker, Certificates, RunningBroker } from './peer.ts';
import { findProgram, Program } from './program.ts';

/** What a person types to get it. */
export const HOW_TO_INSTALL =
  'apt-get install --no-install-recommends rabbitmq-server (Debian), brew install rabbitmq (macOS)';

/** Debian's own script in PATH changes to the user rabbitmq; this is RabbitMQ's. */
const SCRIPT_OF_DEBIAN = '/usr/lib/rabbitmq/bin';
const ATTEMPTS = 3;
/** A start takes 8 s on a quiet machine: 3 to 6 of them it waits for other nodes, whether there are any or not. */
const PATIENCE = 120_000;
const VERSION = /Starting RabbitMQ (\S+) on Erlang/;
const READY = /Server startup complete/;

interface Ports {
  readonly mqtt: number;
  readonly ws: number;
  readonly tls: number;
  readonly distribution: number;
  /** Where nobody listens: a node that finds epmd registers there. */
  readonly epmd: number;
}

function configuration({ mqtt, ws, tls }: Ports, certificates: Certificates | undefined): string {
  const secure =
    certificates === undefined
      ? []
      : [
          `mqtt.listeners.ssl.1 = 127.0.0.1:${tls}`,
          `ssl_options.cacertfile = ${certificates.ca}`,
          `ssl_options.certfile = ${certificates.server.cert}`,
          `ssl_options.keyfile = ${certificates.server.key}`,
          // One set of options for all listeners of MQTT: a certificate is asked for and checked, none is taken too.
          'ssl_options.verify = verify_peer',
          'ssl_options.fail_if_no_peer_cert = false',
        ];
  return [
    'listeners.tcp = none',
    `mqtt.listeners.tcp.1 = 127.0.0.1:${mqtt}`,
    'mqtt.allow_anonymous = true',
    'web_mqtt.tcp.ip = 127.0.0.1',
    `web_mqtt.tcp.port = ${ws}`,
    'web_mqtt.ws_path = /mqtt',
    ...secure,
    'log.console = true',
    'log.console.level = info',
    'log.file = false',
    'disk_free_limit.absolute = 10MB',
    '',
  ].join('\n');
}

function environment(folder: string, { distribution, epmd }: Ports): string[] {
  const at = (name: string): string => join(folder, name);
  const node = `interop${distribution}@127.0.0.1`;
  const variables = {
    PATH: [SCRIPT_OF_DEBIAN, process.env.PATH].join(':'),
    HOME: folder,
    // Of a node whose parent was killed: it would lie where somebody works.
    ERL_CRASH_DUMP_BYTES: '0',
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Of every Erlang that this one starts, too: RabbitMQ looks for epmd each minute, and would start one to have it. With
    // its port given, the node needs no epmd to be found.
    ERL_AFLAGS: `-start_epmd false -erl_epmd_port ${distribution} -kernel inet_dist_use_interface {127,0,0,1}`,
    // The script becomes the node, in place of waiting for it: our signals reach it.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_CONF_ENV_FILE: at('none'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_MNESIA_BASE: at('data'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_GENERATED_CONFIG_DIR: at('config'),
    RABBITMQ_PLUGINS_EXPAND_DIR: at('plugins'),
    RABBITMQ_NODENAME: node,
    RABBITMQ_USE_LONGNAME: 'true',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-name ${node}`,
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

interface Running {
  readonly program: Program;
  readonly version: string;
}

async function run(folder: string, ports: Ports): Promise<Running> {
  const script = findProgram('rabbitmq-server', HOW_TO_INSTALL, [SCRIPT_OF_DEBIAN]);
  const env = findProgram('env', 'it is part of GNU coreutils');
  let version = '';
  const program = new Program(env, ['-i', ...environment(folder, ports), script], (line) => {
    version = VERSION.exec(line)?.[1] ?? version;
  });
  try {
    await program.line(READY, PATIENCE);
  } catch (error) {
    await program.end('SIGKILL');
    throw error;
  }
  return { program, version };
}

async function stop({ program }: Running): Promise<void> {
  const { code, signal } = await program.end('SIGTERM');
  if (code !== 0) throw new Error(`rabbitmq-server ended with ${signal ?? code}${program.tail}`);
}

async function choosePorts(): Promise<Ports> {
  const [mqtt = 0, ws = 0, tls = 0, distribution = 0, epmd = 0] = await freePorts(5);
  return { mqtt, ws, tls, distribution, epmd };
}

/** Starts RabbitMQ; with certificates, for TLS too. Another program that takes a port in between costs another attempt. */
export async function startRabbitmq(certificates?: Certificates, attempt = 1): Promise<RunningBroker> {
  const ports = await choosePorts();
  const folder = await mkdtemp(join(tmpdir(), 'interop-rabbitmq-'));
  const clear = (): Promise<void> => rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'log'));
  await writeFile(join(folder, 'rabbitmq.conf'), configuration(ports, certificates));
  await writeFile(join(folder, 'enabled_plugins'), '[rabbitmq_mqtt,rabbitmq_web_mqtt].\n');
  let running: Running;
  try {
    running = await run(folder, ports);
  } catch (error) {
    await clear();
    if (attempt < ATTEMPTS && String(error).includes('eaddrinuse'))
      return startRabbitmq(certificates, attempt + 1);
    throw error;
  }
  const secure = `mqtts://127.0.0.1:${ports.tls}`;
  return {
    name: 'rabbitmq',
    version: running.version,
    addresses: {
      tcp: `mqtt://127.0.0.1:${ports.mqtt}`,
      ws: `ws://127.0.0.1:${ports.ws}/mqtt`,
      ...(certificates === undefined ? {} : { tls: secure, mtls: secure }),
    },
    restart: async () => {
      await stop(running);
      running = await run(folder, ports);
    },
    stop: async () => {
      await stop(running);
      await clear();
    },
  };
}

/** RabbitMQ in the matrix. */
export const rabbitmq: Broker = {
  name: 'rabbitmq',
  isOurs: false,
  isSlowToStart: true,
  versions: ['3.1', '3.1.1'],
  transports: ['tcp', 'tls', 'mtls', 'ws'],
  lacks: {
    sharedSubscriptions: 'a filter of $share/ is one like any other to it, as 3.1.1 has it',
    qos2: 'RabbitMQ 3.10 grants QoS 1 for QoS 2, and answers a PUBLISH of QoS 2 with PUBACK [MQTT-4.3.3-2]',
    retainedByWildcard:
      'RabbitMQ 3.10 looks up retained messages by the topic filter as it stands [MQTT-3.3.1-6]',
  },
  start: (certificates) => startRabbitmq(certificates),
};
