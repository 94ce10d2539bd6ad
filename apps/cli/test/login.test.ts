/** A login that shows neither name nor password: SCRAM-SHA-256, from each of the places a password comes from. */
import { type Credentials, scramSha256, scramSha256Record } from '@mqtt/broker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shell, start, startBroker } from './shell.ts';

const PASSWORD = 'correct/horse @1';
let at: Awaited<ReturnType<typeof startBroker>>;
const seen: Credentials[] = [];
beforeAll(async () => {
  const record = await scramSha256Record(PASSWORD);
  const scram = scramSha256((name) => (name === 'ada' ? record : undefined));
  at = await startBroker({
    access: {
      enhanced: {
        'SCRAM-SHA-256': (opening) => {
          seen.push(opening.credentials);
          return scram(opening);
        },
      },
    },
  });
});
afterAll(() => at.broker.close());

const METHOD = ['--auth-method', 'SCRAM-SHA-256'];
const p = (): string[] => ['-h', '127.0.0.1', '-p', at.port, '-u', 'ada', ...METHOD];
const environment = { MQTT_PASSWORD: PASSWORD };

describe('--auth-method SCRAM-SHA-256', () => {
  it('5.0 [MQTT-4.12.0-5] pub, sub and request prove the password, and neither it nor the name is in CONNECT', async () => {
    const sub = start(['sub', ...p(), '-P', PASSWORD, '-d', '-t', 'a', '-C', '1', '-v']);
    await sub.says(/subscribed /);
    const files = { secret: `${PASSWORD}\nanother line\n` };
    expect(
      await shell(['pub', ...p(), '--password-file', 'secret', '-t', 'a', '-m', 'x'], { files }),
    ).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    expect((await sub.ended).out).toBe('a x\n');
    at.broker.subscribe('ask', (message) => {
      const { responseTopic = '', correlationData } = message.properties;
      void at.broker.publish(responseTopic, 'answer', { correlationData });
    });
    expect(await shell(['request', ...p(), '-t', 'ask', '-m', 'x'], { environment })).toEqual({
      code: 0,
      out: 'answer\n',
      err: '',
    });
    expect(seen.map(({ username, password }) => [username, password])).toEqual(
      seen.map(() => [undefined, undefined]),
    );
    expect(seen).toHaveLength(3);
  });

  it('each connection of bench proves it, in any case of letters', async () => {
    const { code, out } = await shell(
      ['bench', ...p().slice(0, -1), 'scram-sha-256', '--publishers', '2', '--messages', '10', '--json'],
      { environment },
    );
    expect([code, JSON.parse(out)]).toMatchObject([0, { sent: 20, received: 20 }]);
  });

  it('takes both from a URL', async () => {
    seen.length = 0;
    const url = at.url.replace('://', `://ada:${encodeURIComponent(PASSWORD)}@`);
    expect(await shell(['pub', '-L', `${url}/a`, ...METHOD, '-m', 'x'])).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    expect(seen).toMatchObject([{ username: undefined, password: undefined }]);
  });

  it.each([
    ['a wrong password', 'ada', 'guessed'],
    ['nobody', 'eve', PASSWORD],
  ])('%s is refused: 3', async (_, name, password) => {
    const { code, err } = await shell(['pub', ...p(), '-u', name, '-P', password, '-t', 'a', '-m', 'x']);
    expect([code, err]).toEqual([3, expect.stringMatching(/^mqtt: .*0x8[67]/)]);
  });

  it.each([
    [['-V', '311', '-P', 'x'], '--auth-method needs version 5: -V 5'],
    [[], '--auth-method needs a password'],
  ])('%j cannot be: 64, with why', async (more, why) => {
    const { code, err } = await shell(['pub', ...p(), '-t', 'a', '-m', 'x', ...more]);
    expect([code, err]).toEqual([64, expect.stringContaining(`mqtt: ${why}`)]);
  });

  it('needs a name, and is the only method', async () => {
    const where = ['pub', '-p', at.port, '-t', 'a', '-m', 'x'];
    expect(await shell([...where, ...METHOD, '-P', 'x'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('--auth-method needs a user name: -u'),
    });
    expect(await shell([...where, '--auth-method', 'PLAIN'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('There is only SCRAM-SHA-256.'),
    });
  });
});

describe('-D connect authentication-method', () => {
  it('is in no list of what may be given, and says what to use', async () => {
    for (const command of ['pub', 'sub', 'request'])
      expect((await shell([command, '--help'])).out).not.toMatch(/authentication-(method|data)/);
    for (const word of ['authentication-method', 'authentication-data']) {
      const { code, err } = await shell(['pub', '-t', 'a', '-m', 'x', '-D', 'connect', word, 'x']);
      expect([code, err]).toEqual([64, expect.stringContaining('see --auth-method')]);
    }
  });
});
