/** The bench itself works: one short round of every kind of load, of which nothing may be lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Printed {
  readonly reports: readonly {
    readonly load: string;
    readonly lines: readonly { readonly broker: string }[];
  }[];
  readonly matches: readonly { readonly lost: number }[];
}

const main = fileURLToPath(new URL('../../src/broker/main.ts', import.meta.url));

it('plays a short round of each kind of load against Mosquitto', { timeout: 120_000 }, async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--smoke', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  expect(code, `${stderr}\n${stdout}`).toBe(0);
  const { reports, matches } = JSON.parse(stdout) as Printed;
  const loads = reports.map(({ load }) => load).join('; ');
  for (const kind of [
    'QoS 0',
    'QoS 2',
    'wildcard',
    '5.0',
    'TLS',
    'WebSocket',
    'idle',
    'connects',
    'retained',
  ])
    expect(loads).toContain(kind);
  for (const { lines } of reports) expect(lines[0]?.broker).toBe('mqttd');
  expect(reports.filter(({ lines }) => lines.length === 2).length).toBeGreaterThan(5);
  expect(matches).toMatchObject([{ lost: 0 }]);
});
