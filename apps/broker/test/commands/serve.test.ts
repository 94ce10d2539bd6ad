/** mqttd as a process: ready line, ports, signals, and what its log says. */
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { connect, RefusedError } from '@mqtt/client';
import { afterEach, describe, expect, it } from 'vitest';
import { killAll, mqttd, run } from '../daemon.ts';

afterEach(killAll);

/** A listener that has the port for as long as the test wants. */
async function occupied(): Promise<{ readonly port: number; free(): Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return { port: address.port, free: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** A 3.1.1 client that never closes its side: the drain waits for it. */
async function stubborn(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connectSocket({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => undefined);
  const connack = new Promise((resolve) => socket.once('data', resolve));
  socket.write(Buffer.from('100d00044d5154540402003c000173', 'hex'));
  await connack;
  return socket;
}

describe('the ready line', () => {
  it('is all of stdout, and names ports on loopback that take MQTT over TCP and WebSocket', async () => {
    const daemon = mqttd('-p', '0');
    const { mqtt, ws } = await daemon.ready();
    expect(mqtt).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
    expect(ws).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/mqtt$/);
    const clients = await Promise.all([connect(mqtt), connect(ws ?? '')]);
    await Promise.all(clients.map((client) => client.end()));
    const { code, stdout } = await daemon.end('SIGTERM');
    expect([code, stdout]).toEqual([0, `mqttd ready ${mqtt} ${ws}\n`]);
  });

  it('has the ports that were asked for', async () => {
    const one = await occupied();
    const other = await occupied();
    await Promise.all([one.free(), other.free()]);
    const daemon = mqttd('-p', String(one.port), '--ws-port', String(other.port));
    expect(await daemon.ready()).toEqual({
      mqtt: `mqtt://127.0.0.1:${one.port}`,
      ws: `ws://127.0.0.1:${other.port}/mqtt`,
    });
  });

  it('names MQTT alone with --ws-port off', async () => {
    expect(await mqttd('-p', '0', '--ws-port', 'off').ready()).toMatchObject({ ws: undefined });
  });

  it('is not needed: a reader that has left ends nothing', async () => {
    const daemon = mqttd('-p', '0');
    daemon.child.stdout?.destroy();
    const { urls } = await daemon.logged((line) => 'urls' in line);
    const client = await connect((urls as string[])[0] ?? '');
    await client.end();
    expect((await daemon.end('SIGTERM')).code).toBe(0);
  });
});

describe('a port in use', () => {
  it('ends with 1, the address and what to do: MQTT', async () => {
    const { port, free } = await occupied();
    const { code, stdout, stderr } = await run('-p', String(port));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      new RegExp(`^mqttd: 127\\.0\\.0\\.1:${port} \\(MQTT\\) is in use .* -p PORT.*\n$`),
    );
    await free();
  });

  it('ends with 1, the address and what to do: WebSocket', async () => {
    const { port, free } = await occupied();
    const { code, stdout, stderr } = await run('-p', '0', '--ws-port', String(port));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^mqttd: 127\\.0\\.0\\.1:${port} .*in use.* --ws-port .*off\n$`));
    await free();
  });
});

describe('what cannot be had', () => {
  it('is refused with 78 before a port opens: -c', async () => {
    const { code, stdout, stderr } = await run('-p', '0', '-c', 'there-is-none.yaml');
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(stderr).toContain('there-is-none.yaml');
  });
});

describe('a signal', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} tells clients 0x8B and ends with 0`, async () => {
      const daemon = mqttd('-p', '0');
      const { mqtt } = await daemon.ready();
      const client = await connect(mqtt, { reconnect: false });
      const reason = new Promise((resolve) => {
        client.on('state', (state) => {
          if (state.status === 'ended') resolve(state.reason);
        });
      });
      const { code } = await daemon.end(signal);
      expect(code).toBe(0);
      const error = await reason;
      expect(error).toBeInstanceOf(RefusedError);
      expect(error).toMatchObject({ reasonCode: 0x8b });
    });
  }

  it('that comes twice at once, as Ctrl-C under npm does, is one', async () => {
    const daemon = mqttd('-p', '0');
    await daemon.ready();
    daemon.child.kill('SIGINT');
    expect((await daemon.end('SIGINT')).code).toBe(0);
  });

  it('that comes again ends at once, whoever is still connected', async () => {
    const daemon = mqttd('-p', '0');
    const socket = await stubborn((await daemon.ready()).mqtt);
    daemon.child.kill('SIGTERM');
    await daemon.logged(({ msg }) => msg === 'ending: clients are told and drained');
    const impatience = setInterval(() => daemon.child.kill('SIGTERM'), 50);
    const { code, stderr } = await daemon.ended;
    clearInterval(impatience);
    socket.destroy();
    expect(code).toBe(1);
    expect(stderr).toContain('"msg":"ending at once"');
    expect(stderr).not.toContain('"msg":"ended"');
  });
});

describe('the log', () => {
  it('has a line for who came and who left, and none for packets without -v', async () => {
    const daemon = mqttd('-p', '0');
    const { mqtt } = await daemon.ready();
    const client = await connect(mqtt, { clientId: 'boiler-7', username: 'boiler', version: 4 });
    await client.publish('a', 'x', { qos: 1 });
    await client.end();
    const left = await daemon.logged(({ msg }) => msg === 'client disconnected');
    expect(left).toMatchObject({ clientId: 'boiler-7', username: 'boiler', version: '3.1.1', reasonCode: 0 });
    expect(daemon.log.filter(({ level }) => level === 20)).toEqual([]);
    expect(daemon.log.find(({ msg }) => msg === 'client connected')).toMatchObject({ sessionPresent: false });
  });

  it('has every packet with -v, and neither payloads nor passwords', async () => {
    const daemon = mqttd('-p', '0', '-v');
    const { mqtt } = await daemon.ready();
    const client = await connect(mqtt, { clientId: 'boiler-7', username: 'boiler', password: 'opensesame' });
    await client.subscribe('a/#', { qos: 2 });
    await client.publish('a/b', 'confidential', { qos: 2 });
    await client.end();
    await daemon.logged(({ packet }) => packet === 'DISCONNECT');
    const words = daemon.log.flatMap(({ packet, msg }) => (packet === undefined ? [] : [`${msg} ${packet}`]));
    const expected = ['CONNECT', 'SUBSCRIBE', 'PUBLISH', 'PUBREL', 'PUBREC', 'PUBCOMP', 'DISCONNECT'];
    for (const type of expected) expect(words).toContain(`received ${type}`);
    for (const type of ['CONNACK', 'SUBACK', 'PUBREC', 'PUBCOMP', 'PUBLISH', 'PUBREL']) {
      expect(words).toContain(`sent ${type}`);
    }
    const { stderr } = await daemon.end('SIGTERM');
    expect(stderr).toContain('"topic":"a/b"');
    expect(stderr).toContain('"payload":"12 bytes"');
    expect(stderr).not.toMatch(/confidential|opensesame/);
  });

  it('cannot be forged by what a client sends', async () => {
    const daemon = mqttd('-p', '0', '-v');
    const { mqtt } = await daemon.ready();
    const evil = 'x"}\n{"level":60,"msg":"forged"}\r\u2028\u0085\u009b2J\u007f\u202e';
    const client = await connect(mqtt, { version: 4, clientId: 'witness' });
    await client.subscribe(evil, { qos: 1 }).catch(() => undefined);
    const attacker = await connect(mqtt, { version: 4, clientId: evil, reconnect: false }).catch(
      () => undefined,
    );
    await attacker?.end();
    await client.end();
    await daemon.logged(({ clientId, msg }) => clientId === 'witness' && msg === 'client disconnected');
    expect(daemon.log.some(({ msg }) => msg === 'forged')).toBe(false);
    const { stderr } = await daemon.end('SIGTERM');
    expect(stderr).toContain('forged'); // it is there, as text inside a field
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
  });

  describe('that nobody reads', () => {
    /** As many packets as make more lines than may wait. */
    async function flood(url: string): Promise<void> {
      const client = await connect(url);
      for (let i = 0; i < 20_000; i++) {
        const published = client.publish(`a/${'long/'.repeat(20)}`, 'x');
        if (i % 100 === 0) await published;
      }
      await client.publish('a', 'last', { qos: 1 });
      await client.end();
    }

    it('holds up neither the clients nor the end', async () => {
      const daemon = mqttd('-p', '0', '-v');
      daemon.child.stderr?.pause();
      await flood((await daemon.ready()).mqtt);
      const exited = once(daemon.child, 'exit');
      daemon.child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      daemon.child.stderr?.resume();
    });

    it('loses lines, and says how many when it is read again', async () => {
      const daemon = mqttd('-p', '0', '-v');
      daemon.child.stderr?.pause();
      await flood((await daemon.ready()).mqtt);
      daemon.child.stderr?.resume();
      const { lines } = await daemon.logged(({ msg }) => String(msg).startsWith('log lines were dropped'));
      expect(lines).toBeGreaterThan(0);
      expect((await daemon.end('SIGTERM')).code).toBe(0);
    });
  });
});
