/** What a 5.0 server says in CONNACK, and what it may say there. */
import { describe, expect, it } from 'vitest';
import { failure, lab, onEachClient, quiet } from '../lab.ts';

type Connack = NonNullable<NonNullable<Parameters<typeof lab>[0]>['CONNECT']>;

const saying =
  (properties: object, sessionPresent = false): Connack =>
  (_, peer) =>
    peer.send({ type: 'CONNACK', sessionPresent, reasonCode: 0, properties });

onEachClient((whole) => {
  describe('MQTT 5.0: CONNACK', () => {
    it('[MQTT-3.1.2-21] [MQTT-3.2.2-21] Server Keep Alive replaces what the client said', async () => {
      const { connect, server, clock } = lab({ CONNECT: saying({ serverKeepAlive: 5 }) });
      await connect({ keepAlive: 60 });
      clock.advance(5000);
      await quiet();
      expect((await server.peer(0)).all('PINGREQ')).toHaveLength(1);
    });

    it('[MQTT-3.2.2-4] Session Present for a client that has none: the connection is closed', async () => {
      const { connect, server } = lab({ CONNECT: saying({}, true) });
      expect(await failure(connect({ reconnect: false }))).toMatchObject({ code: 'PROTOCOL_ERROR' });
      await (await server.peer(0)).over();
    });

    it('[MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-15] [MQTT-3.2.2-17] [MQTT-3.2.2-18] [MQTT-3.3.2-9] nothing beyond its limits is sent', async () => {
      const limits = {
        maximumQoS: 1,
        retainAvailable: false,
        maximumPacketSize: 100,
        topicAliasMaximum: 2,
      } as const;
      const { connect, server } = lab({ CONNECT: saying(limits) });
      const client = await connect();
      for (const options of [{ qos: 2 }, { retain: true }, { properties: { topicAlias: 3 } }] as const)
        expect(await failure(client.publish('a', 'x', options))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      expect(await failure(client.publish('a', 'x'.repeat(100)))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
      await client.publish('a', 'x', { properties: { topicAlias: 2 } });
      const none = lab();
      const other = await none.connect();
      expect(await failure(other.publish('a', 'x', { properties: { topicAlias: 1 } }))).toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
      await quiet();
      expect((await server.peer(0)).packets.map(({ type }) => type)).toEqual(['CONNECT', 'PUBLISH']);
      expect((await none.server.peer(0)).all('PUBLISH')).toHaveLength(0);
    });

    whole.it(
      '[MQTT-3.14.2-3] [MQTT-3.14.2-4] DISCONNECT leaves out texts that would make it too large',
      async () => {
        const userProperties = [['why', 'x'.repeat(50)]] as const;
        for (const properties of [
          { reasonString: 'x'.repeat(50) },
          { userProperties },
          { reasonString: 'short' },
        ]) {
          const { connect, server } = lab({ CONNECT: saying({ maximumPacketSize: 40 }) });
          const client = await connect({ properties: { sessionExpiryInterval: 9 } });
          await client.end({ properties: { ...properties, sessionExpiryInterval: 7 } });
          const { properties: sent } = await (await server.peer(0)).first('DISCONNECT');
          expect(sent?.sessionExpiryInterval).toBe(7);
          expect(sent?.reasonString).toBe(properties.reasonString === 'short' ? 'short' : undefined);
          expect(sent?.userProperties ?? []).toEqual([]);
        }
      },
    );

    whole.it('[MQTT-3.14.2-1] a DISCONNECT that is not legal is refused here', async () => {
      const { connect } = lab();
      const client = await connect();
      expect(await failure(client.end({ reasonCode: 0x8e as never }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect(await failure(client.end({ properties: { reasonString: '\ud800' } }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect(client.state.status).toBe('connected');
    });

    it('[MQTT-3.8.3-4] No Local on a shared subscription is refused here', async () => {
      const { connect, server } = lab();
      const client = await connect();
      expect(await failure(client.subscribe('$share/g/a', { noLocal: true }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect((await server.peer(0)).all('SUBSCRIBE')).toHaveLength(0);
    });
  });

  whole.describe('MQTT 5.0: enhanced authentication', () => {
    it('[MQTT-3.1.2-30] until CONNACK nothing but AUTH and DISCONNECT is sent', async () => {
      const { connect, server } = lab({
        CONNECT: (_, peer) =>
          peer.send({ type: 'AUTH', reasonCode: 0x18, properties: { authenticationMethod: 'm' } }),
        AUTH: () => {},
      });
      const controller = new AbortController();
      const connecting = connect({
        signal: controller.signal,
        keepAlive: 1,
        authentication: {
          method: 'm',
          *exchange() {
            yield undefined;
            yield new Uint8Array([1]);
            yield undefined;
          },
        },
      });
      const peer = await server.peer(0);
      expect(await peer.first('AUTH')).toMatchObject({
        reasonCode: 0x18,
        properties: { authenticationMethod: 'm' },
      });
      await quiet();
      controller.abort();
      expect(await failure(connecting)).toMatchObject({ code: 'ABORTED' });
      await peer.over();
      expect(peer.packets.slice(2).every(({ type }) => type === 'DISCONNECT')).toBe(true);
    });
  });
});
