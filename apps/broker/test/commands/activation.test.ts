/** Sockets that systemd opens: which listener each is, and that mqttd serves them. */
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { connect } from '@mqtt/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givenSockets, withSockets } from '../../src/commands/activation.ts';
import { exposed } from '../../src/commands/open-doors.ts';
import { doors } from '../../src/compose.ts';
import { Folder, loadedIn } from '../config/folder.ts';
import { PROGRAM } from '../daemon.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const TWO = 'listeners: [{type: tcp, name: mqtt, port: 0}, {type: ws, name: web, port: 0}]\n';

describe('LISTEN_FDS', () => {
  it('are for the process they name', () => {
    const environment = { LISTEN_FDS: '2', LISTEN_PID: '42', LISTEN_FDNAMES: 'a' };
    expect(givenSockets(environment, 42)).toEqual([
      { fd: 3, name: 'a' },
      { fd: 4, name: '' },
    ]);
    expect(givenSockets(environment, 43)).toEqual([]);
    expect(givenSockets({ ...environment, LISTEN_FDS: 'x' }, 42)).toEqual([]);
    expect(givenSockets({}, 42)).toEqual([]);
  });

  const assigned = (...names: string[]): unknown => {
    folder.write('a.yaml', TWO);
    const sockets = names.map((name, index) => ({ fd: 3 + index, name }));
    const all = withSockets(doors(loadedIn(folder.load('a.yaml'))), sockets);
    return all.map(({ options }) => options.fd);
  };

  it('go to the listeners of their names, else to the listeners in order', () => {
    expect(assigned('web', 'mqtt')).toEqual([4, 3]);
    expect(assigned('web')).toEqual([undefined, 3]);
    expect(assigned('mqttd.socket', 'mqttd.socket')).toEqual([3, 4]);
    expect(assigned()).toEqual([undefined, undefined]);
  });

  it('that are nobody’s are refused', () => {
    expect(() => assigned('web', 'other')).toThrow('socket named "other"');
    expect(() => assigned('web', 'web')).toThrow('no listener left');
    expect(() => assigned('x', 'x', 'x')).toThrow('call it as one of mqtt, web');
  });
});

/** A listening socket as systemd hands it over: descriptor 3 of a program whose process id is in LISTEN_PID. */
async function started(): Promise<{ said: Promise<string>; code: Promise<number | null>; end: () => void }> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const handle: unknown = Reflect.get(server, '_handle');
  const fd: unknown = Reflect.get(Object(handle), 'fd');
  const file = folder.write('a.yaml', 'listeners: [{type: tcp, name: mqtt, port: 1883}]\n');
  const script = 'LISTEN_PID=$$ exec "$0" "$@"';
  const child = spawn('sh', ['-c', script, process.execPath, PROGRAM, '-c', file], {
    stdio: ['ignore', 'pipe', 'pipe', Number(fd)],
    env: { ...process.env, LISTEN_FDS: '1', LISTEN_FDNAMES: 'mqtt' },
  });
  server.close();
  let all = '';
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const said = new Promise<string>((resolve) => {
    child.stdout?.on('data', (chunk) => resolve(String(chunk)));
    child.stderr?.on('data', (chunk) => {
      all += String(chunk);
    });
    void code.then(() => resolve(all));
  });
  return { said, code, end: () => child.kill('SIGTERM') };
}

describe('a socket from systemd', () => {
  it('is served in place of a port of our own', async () => {
    const { said, code, end } = await started();
    const url = /^mqttd ready (mqtt:\/\/127\.0\.0\.1:\d+)\n$/.exec(await said)?.[1] ?? '';
    expect(url).not.toContain(':1883');
    await (await connect(url, { reconnect: false })).end();
    end();
    expect(await code).toBe(0);
  });

  it('that the network can reach is refused where the configuration says loopback', () => {
    folder.write('a.yaml', TWO);
    const [door] = withSockets(doors(loadedIn(folder.load('a.yaml'))), [{ fd: 3, name: 'mqtt' }]);
    if (door === undefined) throw new Error('no door');
    expect(exposed(door, 'mqtt://[::1]:1883')).toBe(undefined);
    expect(exposed(door, 'mqtt://0.0.0.0:1883')).toContain('say host: "0.0.0.0" there, and who may come in');
    expect(exposed(door, 'mqtt://[::]:1883')).toContain('say host: "::" there');
  });
});
