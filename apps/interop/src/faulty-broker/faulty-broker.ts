/**
 * The test broker that is broken on purpose: mqttd behind a relay that plants one fault. Answers: is the harness able to
 * see it? Without a fault it is mqttd.
 */
import { mqttdDurable } from '../peers/mqttd-matrix.ts';
import { openPacketRelay, type PacketRelay, type Passage, type Spoiler } from '../peers/packet-relay.ts';
import type { Broker } from '../peers/peer.ts';
import type { Fault } from './fault.ts';

/** Plants a fault, or none, in front of a broker; where that is, is asked at each connection. */
export function openFaultyDoor(broker: () => string, fault?: Fault): Promise<PacketRelay> {
  const spoil = fault?.plant();
  return openPacketRelay(broker, (passage) => spoilerOf(passage, spoil));
}

function spoilerOf(passage: Passage, spoil: ReturnType<Fault['plant']> | undefined): Spoiler {
  const spoiling = spoil?.(passage) ?? {};
  return {
    fromClient: (packet) => spoiling.fromClient?.(packet) ?? [packet],
    fromBroker: (packet) => spoiling.fromBroker?.(packet) ?? [packet],
    clientGone: () => spoiling.clientGone?.(),
  };
}

/** No twin of another broker: everything is played. */
const { isTwin: _, ...whole } = mqttdDurable;

/** The test broker for the matrix: over TCP alone, which is where the relay reads. */
export function faultyBroker(fault?: Fault): Broker {
  return {
    ...whole,
    name: fault === undefined ? 'mqttd, faulty' : `mqttd, faulty: ${fault.name}`,
    transports: ['tcp'],
    start: async (certificates) => {
      const mqttd = await mqttdDurable.start(certificates);
      const door = await openFaultyDoor(() => mqttd.addresses.tcp, fault);
      return {
        ...mqttd,
        name: 'faulty',
        get addresses() {
          return { ...mqttd.addresses, tcp: door.url };
        },
        stop: async () => {
          await door.stop();
          await mqttd.stop();
        },
      };
    },
  };
}
