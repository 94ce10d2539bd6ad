/**
 * What SIGHUP does to clients that are connected, when the files that let them in have changed: Mosquitto and mqttd with
 * the same files before and after. Answers: who stays, and whose will is published? Knows no rights of topics.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { within } from './peers/deadline.ts';
import { freePorts } from './peers/free-port.ts';
import { HOW_TO_INSTALL } from './peers/mosquitto.ts';
import { mqttdPath } from './peers/mqttd.ts';
import { findProgram, Program } from './peers/program.ts';

/** Who is connected: what becomes of each in the password file says his name. */
export const CONNECTED = ['kept', 'removed', 'changed', 'resalted', 'nobody', 'observer'] as const;
/** One of them. */
export type Connected = (typeof CONNECTED)[number];

/** What became of somebody. */
export interface Fate {
  readonly stays: boolean;
  /** Whether his will reached the observer. */
  readonly willed: boolean;
}

/** How a broker is started. */
export type Maker = 'mosquitto' | 'mqttd';

/** Writes a password file of these users; each has his name as password, or another one. */
async function passwords(file: string, users: Readonly<Record<string, string>>): Promise<void> {
  await writeFile(file, '');
  await chmod(file, 0o644);
  const path = findProgram('mosquitto_passwd', HOW_TO_INSTALL);
  for (const [user, password] of Object.entries(users)) {
    const { code } = await new Program(path, ['-b', file, user, password]).ended;
    if (code !== 0) throw new Error(`mosquitto_passwd ended with ${code}`);
  }
}

function configuration(folder: string, port: number | undefined, anonymous: boolean): string {
  return `log_dest stderr\nlog_type all\nlistener ${port} 127.0.0.1\nallow_anonymous ${anonymous}\npassword_file ${join(folder, 'passwd')}\n`;
}

/** Comes in as `who`, with a will. */
function enter(port: number | undefined, who: Connected): Promise<MqttClient> {
  const login: IClientOptions = who === 'nobody' ? {} : { username: who, password: who };
  const will = { topic: `will/${who}`, payload: Buffer.from('x'), qos: 0, retain: false } as const;
  return connectAsync(
    `mqtt://127.0.0.1:${port}`,
    { ...login, clientId: who, protocolVersion: 5, reconnectPeriod: 0, will },
    false,
  );
}

/** Whether he is there: a message of his is acknowledged, or his connection ends. */
async function isThere(client: MqttClient): Promise<boolean> {
  if (!client.connected) return false;
  const gone = new Promise<boolean>((resolve) => client.once('close', () => resolve(false)));
  const sent = client.publishAsync('there', 'x', { qos: 1 }).then(
    () => true,
    () => false,
  );
  return within(Promise.race([sent, gone]), `an answer for ${client.options.clientId}`);
}

/** Starts a broker, lets everybody in, changes the files, sends SIGHUP; what became of each. */
export async function reloaded(maker: Maker): Promise<ReadonlyMap<Connected, Fate>> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-reload-'));
  await chmod(folder, 0o755);
  const [port] = await freePorts(1);
  const file = join(folder, 'passwd');
  const settings = join(folder, 'mosquitto.conf');
  const same = { kept: 'kept', observer: 'observer' };
  await passwords(file, { ...same, removed: 'removed', changed: 'changed', resalted: 'resalted' });
  await writeFile(settings, configuration(folder, port, true));
  const program =
    maker === 'mosquitto'
      ? new Program(findProgram('mosquitto', HOW_TO_INSTALL), ['-c', settings])
      : new Program(process.execPath, [mqttdPath(), '-c', settings]);
  const clients = new Map<Connected, MqttClient>();
  try {
    await program.line(/mosquitto version \S+ running|^mqttd ready /);
    for (const who of CONNECTED) clients.set(who, await enter(port, who));
    const wills = new Set<string>();
    const observer = clients.get('observer');
    observer?.on('message', (topic) => wills.add(topic));
    await observer?.subscribeAsync('will/#', { qos: 1 });
    const before = await readFile(file, 'utf8');
    await passwords(file, { changed: 'other', resalted: 'resalted' });
    const lines = before.split('\n').filter((line) => /^(kept|observer):/.test(line));
    await writeFile(file, lines.map((line) => `${line}\n`).join(''), { flag: 'a' });
    await writeFile(settings, configuration(folder, port, false));
    const removed = clients.get('removed');
    const gone = new Promise<void>((resolve) => removed?.once('close', () => resolve()));
    process.kill(program.pid ?? 0, 'SIGHUP');
    await within(gone, 'the end of the user who was removed');
    const there = new Map<Connected, boolean>();
    for (const [who, client] of clients) there.set(who, await isThere(client));
    const fence = new Promise((resolve) =>
      observer?.on('message', (topic) => topic === 'will/fence' && resolve(topic)),
    );
    await observer?.publishAsync('will/fence', 'x', { qos: 1 });
    await within(fence, 'what the observer published last');
    return new Map(
      CONNECTED.map((who) => [who, { stays: there.get(who) === true, willed: wills.has(`will/${who}`) }]),
    );
  } finally {
    for (const client of clients.values()) client.end(true);
    await program.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
}
