/**
 * paho-mqtt, the Python client that most programs in that language use: Debian's 1.6.1, or what `pip` installed.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LineProgram, lineClient } from './line-client.ts';
import { type Command, processShared } from './line-process.ts';
import type { Client, Transport, Version } from './peer.ts';
import { findProgram, Program } from './program.ts';

/** What a person types to get it. */
export const HOW_TO_INSTALL = 'apt-get install python3-paho-mqtt (Debian), pip install paho-mqtt==1.6.1';

const SCRIPT = fileURLToPath(new URL('./programs/paho-python.py', import.meta.url));
/** Debian's Python has Debian's packages; another one may stand before it in PATH. */
const DEBIANS = '/usr/bin/python3';

/** A Python that has paho-mqtt. @throws {Error} that says how to install it */
async function command(): Promise<Command> {
  const first = findProgram('python3', 'apt-get install python3 (Debian)');
  for (const path of new Set([DEBIANS, first].filter((one) => existsSync(one)))) {
    const { code } = await new Program(path, ['-c', 'import paho.mqtt.client']).ended;
    if (code === 0) return { path, args: [SCRIPT] };
  }
  throw new Error(`paho-mqtt is not installed: ${HOW_TO_INSTALL}`);
}

/** Opens a connection in the process that all of them share. */
export const openPahoPython: () => Promise<LineProgram> = processShared(command);

function cannot(version: Version): Client['cannot'] {
  if (version !== '5.0') return { endsWithWill: 'DISCONNECT has no reason code in 3.x' };
  return {
    endsWithWill: 'its DISCONNECT discards the will',
    showsClose: 'paho-mqtt 1.6.1 drops the reason code of a DISCONNECT without properties',
    takesTopicAliases: 'paho-mqtt 1.6.1 gives its application an empty topic in place of the alias',
  };
}

/** paho-mqtt in one protocol version over one transport. */
export function pahoPython(version: Version, transport: Transport): Client {
  const way = { version, transport };
  return lineClient({ name: 'paho-mqtt (Python)', way, cannot: cannot(version), open: openPahoPython });
}
