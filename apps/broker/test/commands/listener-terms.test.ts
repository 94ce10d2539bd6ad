/** A mosquitto.conf whose listeners differ in versions and client ids: what their clients are answered. */
import { connect as connectSocket } from 'node:net';
import { encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder } from '../config/folder.ts';
import { killAll, mqttd, run } from '../daemon.ts';

const folder = new Folder();
afterAll(async () => {
  await killAll();
  folder.remove();
});

interface Wishes {
  readonly version?: ProtocolVersion;
  readonly clientId?: string;
  readonly username?: string;
}

/** What a CONNECT is answered, as text. */
function answer(url: string, { version = 5, clientId = '', username }: Wishes): Promise<string> {
  const five = version === 5 ? { properties: {} } : {};
  const packet = { type: 'CONNECT', version, clientId, username, cleanStart: true, keepAlive: 0, ...five };
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: '127.0.0.1', port: Number(new URL(url).port) });
    socket.write(encode(packet as Packet, version));
    socket.once('data', (bytes) => resolve(bytes.toString('latin1'))).once('error', reject);
  });
}

describe('a mosquitto.conf with listeners that differ', () => {
  it('serves versions, gives client ids and takes names for them as each listener says', async () => {
    const lines = [
      'listener 18881 127.0.0.1',
      'accept_protocol_versions 4,5',
      'listener_auto_id_prefix one-',
    ];
    const others = ['listener 18882 127.0.0.1', 'use_username_as_clientid true', 'max_topic_alias_broker 0'];
    const file = folder.write('m.conf', [...lines, ...others, 'allow_anonymous true'].join('\n'));
    const yaml = (await run('migrate', file)).stdout.replace(/port: 1888[12]/g, 'port: 0');
    expect(yaml).toContain('maximumOutboundTopicAliases: 0');
    const daemon = mqttd('-c', folder.write('m.yaml', yaml));
    await daemon.until(() => daemon.stdout.includes('\n'));
    const [first = '', second = ''] = daemon.stdout.trim().split(' ').slice(2);
    expect(await answer(first, { version: 3, clientId: 'old' })).toBe('\x20\x02\x00\x01');
    expect(await answer(first, {})).toMatch(/one-[0-9a-f]{32}/);
    expect(await answer(second, { version: 3, clientId: 'old', username: 'bob' })).toBe('\x20\x02\x00\x00');
    expect(await answer(second, { username: 'alice' })).toContain('alice');
    expect((await answer(second, { clientId: 'brought' }))[3]).toBe('\x86');
  });
});
