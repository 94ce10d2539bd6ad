/**
 * A broker with somebody at its doors: Mosquitto's own configuration, password and ACL files, and both brokers started
 * with them as they are. Knows no client.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { freePorts } from './peers/free-port.ts';
import { HOW_TO_INSTALL } from './peers/mosquitto.ts';
import { mqttdPath } from './peers/mqttd.ts';
import { findProgram, Program } from './peers/program.ts';
import { makeCertificates } from './rights-certificates.ts';

/**
 * Its listeners. `main`, `web`: anonymous too. `closed`: passwords only. `plain`: no files at all. `strict`: bounds.
 * `byName`, `bySubject`, `byKey`: a certificate's common name, its subject, the identity of a pre-shared key is the user.
 */
export type Door = 'main' | 'web' | 'closed' | 'plain' | 'strict' | 'byName' | 'bySubject' | 'byKey';

/** Where they are. */
export type Doors = Readonly<Record<Door, string>> & {
  /** Of the files, certificates of clients among them. */
  readonly folder: string;
};

/** A running broker. */
export interface Guarded {
  readonly doors: Doors;
  stop(): Promise<void>;
}

/** Pre-shared key of everybody who has one. */
export const KEY: string = 'ab'.repeat(16);

/** User and password are the same word. */
const USERS = ['root', 'observer', 'alice', 'bob'];

const ACL = `
topic read open/#
topic write open/in
topic deny open/secret

user root
topic readwrite #

user observer
topic read #

user alice
topic read a/#
topic write b/#
topic c
topic deny a/secret
topic readwrite with space/x
topic read +/plus/#

user CN=alice,O=Acme\\, Ltd
topic readwrite subject/#

pattern readwrite home/%u/#
pattern write dev/%c/up
pattern readwrite fence/%c
`;

/** The files, in a folder of their own. */
export class Files {
  readonly folder: string;
  readonly ports: readonly number[];

  private constructor(folder: string, ports: readonly number[]) {
    this.folder = folder;
    this.ports = ports;
  }

  static async write(): Promise<Files> {
    const files = new Files(await mkdtemp(join(tmpdir(), 'interop-rights-')), await freePorts(8));
    await writeFile(join(files.folder, 'acl'), ACL);
    await files.#passwords();
    await makeCertificates(files.folder);
    await writeFile(join(files.folder, 'keys'), `alice:${KEY}\nmallory:${KEY}\n`);
    await writeFile(join(files.folder, 'mosquitto.conf'), files.#many());
    await writeFile(join(files.folder, 'strict.conf'), files.#strict());
    // Started as root, Mosquitto is another user before it reads them.
    await chmod(files.folder, 0o755);
    await chmod(join(files.folder, 'passwd'), 0o644);
    await chmod(join(files.folder, 'server.key'), 0o644);
    return files;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  get doors(): Doors {
    const [main, web, closed, plain, strict, byName, bySubject, byKey] = this.ports;
    const tcp = (port: number | undefined): string => `mqtt://127.0.0.1:${port}`;
    const tls = (port: number | undefined): string => `mqtts://127.0.0.1:${port}`;
    return {
      folder: this.folder,
      main: tcp(main),
      web: `ws://127.0.0.1:${web}/mqtt`,
      closed: tcp(closed),
      plain: tcp(plain),
      strict: tcp(strict),
      byName: tls(byName),
      bySubject: tls(bySubject),
      byKey: tls(byKey),
    };
  }

  async #passwords(): Promise<void> {
    const file = join(this.folder, 'passwd');
    const path = findProgram('mosquitto_passwd', HOW_TO_INSTALL);
    for (const [index, user] of USERS.entries()) {
      const create = index === 0 ? ['-c'] : [];
      const { code } = await new Program(path, ['-b', ...create, file, user, user]).ended;
      if (code !== 0) throw new Error(`mosquitto_passwd ended with ${code}`);
    }
  }

  #many(): string {
    const [main, web, closed, plain, , byName, bySubject, byKey] = this.ports;
    const own = (name: string): string => join(this.folder, name);
    const certificates = `certfile ${own('server.crt')}\nkeyfile ${own('server.key')}\ncafile ${own('ca.crt')}\nrequire_certificate true`;
    const files = `password_file ${join(this.folder, 'passwd')}\nacl_file ${join(this.folder, 'acl')}`;
    return `per_listener_settings true
log_dest stderr
log_type all
listener ${main} 127.0.0.1
allow_anonymous true
${files}
listener ${web} 127.0.0.1
protocol websockets
socket_domain ipv4
allow_anonymous true
${files}
listener ${closed} 127.0.0.1
${files}
listener ${plain} 127.0.0.1
allow_anonymous true
listener ${byName} 127.0.0.1
${certificates}
use_identity_as_username true
acl_file ${own('acl')}
listener ${bySubject} 127.0.0.1
${certificates}
use_subject_as_username true
acl_file ${own('acl')}
listener ${byKey} 127.0.0.1
psk_file ${own('keys')}
psk_hint plant
use_identity_as_username true
acl_file ${own('acl')}
`;
  }

  #strict(): string {
    return `log_dest stderr
log_type all
clientid_prefixes secure-
password_file ${join(this.folder, 'passwd')}
retain_available false
max_packet_size 2000
listener ${this.ports[4]} 127.0.0.1
max_qos 1
`;
  }
}

/** Starts a broker twice, once with each of the two configurations, on the same ports as any other before it. */
async function start(path: string, words: readonly string[], files: Files, ready: RegExp): Promise<Guarded> {
  const programs = ['mosquitto.conf', 'strict.conf'].map(
    (name) => new Program(path, [...words, '-c', join(files.folder, name)]),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.end('SIGTERM')));
  };
  try {
    await Promise.all(programs.map((program) => program.line(ready)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { doors: files.doors, stop };
}

/** Mosquitto with these files. */
export function guardedMosquitto(files: Files): Promise<Guarded> {
  return start(findProgram('mosquitto', HOW_TO_INSTALL), [], files, /mosquitto version \S+ running/);
}

/** mqttd with the same files, as they are. */
export function guardedMqttd(files: Files): Promise<Guarded> {
  return start(process.execPath, [mqttdPath()], files, /^mqttd ready /);
}
