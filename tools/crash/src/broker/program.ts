/**
 * Which broker is put to the test, and the words that start it on a port and a data folder. Knows no process.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** What survives what: `commit` the power, `system` the process. */
export type Durability = 'commit' | 'system';

/** A broker that can be started. */
export interface Program {
  readonly name: string;
  /** How it was set up, in a line. */
  readonly setup: string;
  words(port: number, data: string): readonly string[];
}

const folder = dirname(fileURLToPath(import.meta.url));

/** Our own broker and store, with a fault planted in the store; `none` plants nothing. */
export function planted(mutant: string, durability: Durability = 'commit'): Program {
  const script = join(folder, 'planted-broker.mjs');
  return {
    name: mutant === 'none' ? 'createBroker and openStore' : `a broker that ${mutant}`,
    setup: `durability ${durability}`,
    words: (port, data) => [process.execPath, script, String(port), data, durability, mutant],
  };
}

/** The built mqttd. @throws when it is not built */
export function mqttd(durability: Durability = 'commit'): Program {
  const manifest = createRequire(import.meta.url).resolve('mqttd/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqttd: string } };
  const path = join(dirname(manifest), bin.mqttd);
  if (!existsSync(path)) throw new Error(`mqttd is not built (${path}): npm run build`);
  const kept = durability === 'commit' ? 'full' : 'relaxed';
  return {
    name: 'mqttd',
    setup: `persistence.durability ${kept}, queues of up to 100,000 messages`,
    words: (port, data) => {
      const file = `${data}.yaml`;
      writeFileSync(
        file,
        `listeners: [{ type: tcp, port: ${port} }]\npersistence: { data: ${data}, durability: ${kept} }\n` +
          'limits: { maximumQueuedMessages: 100000 }\nlog: { level: error }\n',
      );
      return [process.execPath, path, '-c', file];
    },
  };
}

/**
 * Debian's Mosquitto with persistence as its manual says: so many seconds between two saves, or, with `onChanges`, so many
 * changes.
 */
export function mosquitto(autosaveInterval: number, onChanges = false): Program {
  const saves = `autosave_interval ${autosaveInterval}${onChanges ? ', autosave_on_changes true' : ''}`;
  const setup = `persistence true, ${saves}, max_queued_messages 0`;
  return {
    name: 'mosquitto',
    setup,
    words: (port, data) => {
      const file = `${data}.conf`;
      const lines = [
        `listener ${port} 127.0.0.1`,
        'allow_anonymous true',
        'persistence true',
        `persistence_location ${data}/`,
        `autosave_interval ${autosaveInterval}`,
        `autosave_on_changes ${onChanges}`,
        'max_queued_messages 0',
        'max_inflight_messages 20',
        'set_tcp_nodelay true',
        'log_dest none',
        ...(process.getuid?.() === 0 ? ['user root'] : []),
      ];
      writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
      const program = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'].find((one) => existsSync(one));
      return [program ?? 'mosquitto', '-c', file];
    },
  };
}
