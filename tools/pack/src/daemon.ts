/**
 * mqttd from its tarball, running on free ports, for examples that need a broker. Waits for the ready line.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Ports } from './examples.ts';
import type { Project } from './project.ts';

/** A running mqttd. */
export interface Daemon {
  readonly ports: Ports;
  readonly readyLine: string;
  /** SIGTERM; resolves to its exit code. */
  stop(): Promise<number | null>;
}

function portOf(line: string, scheme: string): number {
  return Number(new RegExp(`\\b${scheme}://[^\\s/]*:(\\d+)`).exec(line)?.[1] ?? 0);
}

/** Starts mqttd in a project; throws with its stderr when it ends before it is ready. */
export async function startDaemon(project: Project, args: readonly string[]): Promise<Daemon> {
  const child = project.start('mqttd', args);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const first = await Promise.race([once(lines, 'line') as Promise<[string]>, ended]);
  const [readyLine] = first;
  if (typeof readyLine !== 'string') throw new Error(`mqttd ended before it was ready:\n${stderr}`);
  return {
    readyLine,
    ports: { mqtt: portOf(readyLine, 'mqtt'), websocket: portOf(readyLine, 'ws') },
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
  };
}
