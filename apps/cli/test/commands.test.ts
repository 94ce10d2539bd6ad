/** The commands against a broker, as a user types them. */
import { connect } from '@mqtt/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shell, start, startBroker } from './shell.ts';

let at: Awaited<ReturnType<typeof startBroker>>;
beforeAll(async () => {
  at = await startBroker();
});
afterAll(() => at.broker.close());

const p = (): string[] => ['-h', '127.0.0.1', '-p', at.port];

/** A `mqtt sub` that has subscribed. */
async function listening(args: readonly string[]): Promise<ReturnType<typeof start>> {
  const running = start(['sub', ...p(), '-d', ...args]);
  await running.says(/subscribed /);
  return running;
}

describe('mqtt pub and sub', () => {
  it.each([
    ['-V', '5', '-q', '0'],
    ['-V', '5', '-q', '2'],
    ['-V', '311', '-q', '1'],
    ['-V', '31', '-q', '2'],
  ])('a message arrives %j', async (...way) => {
    const sub = await listening(['-t', 'a/+', '-v', '-C', '2', ...way]);
    expect(await shell(['pub', ...p(), ...way, '-t', 'a/b', '-m', 'one'])).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    await shell(['pub', '-L', `${at.url}/a/b%20c`, ...way, '-s'], { stdin: 'two\nlines' });
    const { code, out } = await sub.ended;
    expect({ code, out }).toEqual({ code: 0, out: 'a/b one\na/b c two\nlines\n' });
  });

  it('-l sends a message for each line, in order', async () => {
    const sub = await listening(['-t', 'lines', '-C', '3000', '-q', '1']);
    const lines = Array.from({ length: 3000 }, (_, number) => `line ${number}`).join('\n');
    const sent = await shell(['pub', ...p(), '-t', 'lines', '-l', '-q', '1'], { stdin: `${lines}\n` });
    expect(sent).toEqual({ code: 0, out: '', err: '' });
    expect((await sub.ended).out).toBe(`${lines}\n`);
  });

  it('-f sends a file, --repeat repeats, properties go along', async () => {
    const sub = await listening(['-t', 'f', '-F', '%p %C %P', '-C', '2']);
    const files = { 'a.txt': 'from a file' };
    const args = ['-t', 'f', '-f', 'a.txt', '--repeat', '2', '--repeat-delay', '0.01'];
    const properties = ['-D', 'publish', 'content-type', 't/p', '-D', 'publish', 'user-property', 'a', 'b'];
    const sent = await shell(['pub', ...p(), ...args, ...properties], { files });
    expect(sent).toEqual({ code: 0, out: '', err: '' });
    expect((await sub.ended).out).toBe('from a file t/p a:b\nfrom a file t/p a:b\n');
  });

  it('a session is kept with -c and -x, and read later', async () => {
    const id = ['-c', '-i', 'keeper', '-q', '1', '-t', 'kept'];
    expect((await shell(['sub', ...p(), ...id, '-E'])).code).toBe(0);
    await shell(['pub', ...p(), '-t', 'kept', '-m', 'waited', '-q', '1']);
    expect(await shell(['sub', ...p(), ...id, '-C', '1'])).toEqual({ code: 0, out: 'waited\n', err: '' });
  });

  it('retained messages: -R, --retained-only, --remove-retained, -T', async () => {
    for (const topic of ['r/1', 'r/2', 'r/3']) await shell(['pub', ...p(), '-t', topic, '-m', topic, '-r']);
    const all = await shell(['sub', ...p(), '-t', 'r/#', '-T', 'r/2', '-C', '2']);
    expect(all.out.split('\n').sort()).toEqual(['', 'r/1', 'r/3']);
    const fresh = await listening(['-t', 'r/#', '-R', '-C', '1']);
    await shell(['pub', ...p(), '-t', 'r/4', '-m', 'fresh']);
    expect((await fresh.ended).out).toBe('fresh\n');
    const cleaning = await listening(['-t', 'r/#', '--remove-retained', '--retained-only']);
    const cleaned = await cleaning.ended; // at the first message that is not retained: its own clearing
    expect(cleaned.out.split('\n').sort()).toEqual(['', 'r/1', 'r/2', 'r/3']);
    expect(await shell(['sub', ...p(), '-t', 'r/#', '-W', '0.2'])).toEqual({ code: 27, out: '', err: '' });
  });

  it('the will is published when the process is killed, and not at its end', async () => {
    const watcher = await listening(['-t', 'will', '-C', '1']);
    const will = ['--will-topic', 'will', '--will-payload', 'gone', '--will-qos', '1'];
    const ended = await listening(['-t', 'z', ...will]);
    ended.interrupt();
    expect((await ended.ended).code).toBe(0);
    const killed = await listening(['-t', 'z', '-i', 'victim', ...will]);
    const thief = await connect(at.url, { clientId: 'victim' }); // takes the session: an end without DISCONNECT
    expect((await watcher.ended).out).toBe('gone\n');
    expect((await killed.ended).code).toBe(1);
    await thief.end();
  });

  it('-U takes a filter back', async () => {
    const session = ['sub', ...p(), '-c', '-i', 'taker', '-q', '1'];
    await shell([...session, '-t', 'u/1', '-t', 'u/2', '-E']);
    expect((await shell([...session, '-U', 'u/1', '-E'])).code).toBe(0);
    await shell(['pub', ...p(), '-t', 'u/1', '-m', 'no', '-q', '1']);
    await shell(['pub', ...p(), '-t', 'u/2', '-m', 'yes', '-q', '1']);
    expect((await shell([...session, '-t', 'u/2', '-C', '1'])).out).toBe('yes\n');
  });

  it('%J says which payload is not JSON and goes on', async () => {
    const sub = await listening(['-t', 'j', '-F', '%J', '-C', '2']);
    await shell(['pub', ...p(), '-t', 'j', '-m', 'nojson']);
    await shell(['pub', ...p(), '-t', 'j', '-m', '[1]']);
    const { out, err } = await sub.ended;
    expect(out).toContain('"payload":[1]}');
    expect(err).toContain('the payload is not JSON on topic "j"');
  });

  it('--tree draws on a terminal and leaves it as it was', async () => {
    const tree = start(['sub', ...p(), '-t', 'tree/#', '--tree'], { terminal: true });
    await tree.shows(/0 messages/);
    const client = await connect(at.url);
    await client.publish('tree/a/b', '42', { retain: true });
    await tree.shows(/ {2}└ a[\s\S]*└ b .*= 42/);
    tree.interrupt();
    const { code, out } = await tree.ended;
    expect(code).toBe(0);
    expect(out.startsWith('\x1b[?1049h\x1b[?25l')).toBe(true);
    expect(out.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
    await client.publish('tree/a/b', '', { retain: true });
    await client.end();
  });
});

describe('exit status', () => {
  it('2: nobody is there', async () => {
    const gone = await startBroker();
    await gone.broker.close();
    const { code, err } = await shell(['pub', '-L', gone.url, '-t', 'a', '-m', 'b']);
    expect(code).toBe(2);
    expect(err).toContain('cannot be reached');
    expect((await shell(['pub', '-L', gone.url, '-t', 'a', '-m', 'b', '--quiet'])).err).toBe('');
  });

  it('3: the password is wrong, wherever it came from', async () => {
    const secure = await startBroker({
      access: {
        authenticate: ({ password }) => new TextDecoder().decode(password) === 'right',
      },
    });
    const args = ['pub', '-L', secure.url, '-t', 'a', '-m', 'b', '-u', 'u'];
    expect((await shell([...args, '-P', 'wrong'])).code).toBe(3);
    expect((await shell([...args, '-P', 'right'])).code).toBe(0);
    expect((await shell(args, { environment: { MQTT_PASSWORD: 'right' } })).code).toBe(0);
    expect((await shell([...args, '--password-file', 'f'], { files: { f: 'right\n' } })).code).toBe(0);
    await secure.broker.close();
  });

  it('1: a message or subscription is refused', async () => {
    const strict = await startBroker({
      access: { authenticate: () => true, authorizePublish: () => false, authorizeSubscribe: () => false },
    });
    const pub = await shell(['pub', '-L', strict.url, '-t', 'a', '-m', 'b', '-q', '1']);
    expect(pub.code).toBe(1);
    expect(pub.err).toContain('0x87');
    const sub = await shell(['sub', '-L', strict.url, '-t', 'a']);
    expect(sub.code).toBe(1);
    await strict.broker.close();
  });
});

describe('mqtt request', () => {
  it.each([['5'], ['311']])('prints the answer, version %s', async (version) => {
    const server = await connect(at.url);
    await server.subscribe('time/get', {
      onMessage: async (message) => {
        const { responseTopic = 'time/answer', correlationData } = message.properties ?? {};
        await server.publish(responseTopic, 'to somebody else', {
          properties: { correlationData: Uint8Array.of(1) },
        });
        await server.publish(responseTopic, 'now', correlationData && { properties: { correlationData } });
      },
    });
    const args = version === '5' ? [] : ['-e', 'time/answer'];
    const { code, out } = await shell([
      'request',
      ...p(),
      '-V',
      version,
      '-t',
      'time/get',
      '-m',
      'now?',
      ...args,
    ]);
    expect({ code, out }).toEqual({ code: 0, out: version === '5' ? 'now\n' : 'to somebody else\n' });
    await server.end();
  });

  it('exits with 27 when no answer comes', async () => {
    const { code, err } = await shell(['request', ...p(), '-t', 'nobody', '-m', 'x', '-W', '0.1']);
    expect({ code, err }).toEqual({ code: 27, err: 'mqtt: no answer within 0.1 s\n' });
  });
});

describe('mqtt bench', () => {
  it.each([['0'], ['1'], ['2']])('counts every message, QoS %s', async (qos) => {
    const args = ['--publishers', '2', '--subscribers', '2', '--messages', '500', '-q', qos, '--json'];
    const { code, out } = await shell(['bench', ...p(), ...args]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      sent: 1000,
      done: 1000,
      received: 2000,
      expected: 2000,
      reconnects: 0,
    });
  });

  it('--rate holds the rate, --seconds the time, --plot draws', async () => {
    const bench = start(['bench', ...p(), '--rate', '200', '--seconds', '1', '--plot', 'p.svg']);
    const { code, out } = await bench.ended;
    expect(code).toBe(0);
    const [, sent = ''] = /sent +(\d+)/.exec(out) ?? [];
    expect(Number(sent)).toBeGreaterThan(100);
    expect(Number(sent)).toBeLessThan(300);
    expect(out).toContain('█');
    expect(bench.written.get('p.svg')).toContain('<svg');
  });
});
