/** The client's SCRAM-SHA-256 against the broker's, over TCP. */
import { createBroker, scramSha256 as methodOf, scramSha256Record } from '@mqtt/broker';
import { type Client, connect } from '@mqtt/client';
import { scramSha256 } from '@mqtt/client/scram';
import { describe, expect, it } from 'vitest';

async function world() {
  const records = new Map([['sensor', await scramSha256Record('pässword', { iterations: 5000 })]]);
  const broker = createBroker({
    access: { enhanced: { 'SCRAM-SHA-256': methodOf((username) => records.get(username)) } },
  });
  const { port } = await broker.listen({ type: 'tcp', port: 0 });
  const open = (password: string): Promise<Client> =>
    connect(`mqtt://127.0.0.1:${port}`, { authentication: scramSha256({ username: 'sensor', password }) });
  return { broker, open };
}

describe('@mqtt/client/scram against @mqtt/broker', () => {
  it('connects, and authenticates again', async () => {
    const { broker, open } = await world();
    const client = await open('pässword');
    await client.reauthenticate();
    expect(await client.publish('a', 'x', { qos: 1 })).toMatchObject({ reasonCode: 0x10 });
    await client.end();
    await broker.close();
  });

  it('is refused with a wrong password', async () => {
    const { broker, open } = await world();
    await expect(open('password')).rejects.toMatchObject({ code: 'CONNECT_REFUSED', reasonCode: 0x87 });
    await broker.close();
  });
});
