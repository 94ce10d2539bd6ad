/**
 * From the will of a CONNECT to its message (§3.1.2.5): what of it is kept, and how the message is made when it is due.
 * When that is, `schedule.ts` knows; a will that came back from the store is made the same way.
 */
import type { Connect, Properties } from '@mqtt/codec';
import type { Answer, Client } from '../access/access.ts';
import { Message } from '../message.ts';
import type { StoredWill } from '../schedule.ts';
import type { KeptWill } from '../store/facts.ts';
import type { Rooms } from './rooms.ts';

/** The will of a CONNECT, its topic whole. Copies: the chunk that CONNECT came in is not kept for as long as the client stays. */
export function willOf({ will }: Connect, mountPoint: string): KeptWill | undefined {
  if (will === undefined) return undefined;
  const given: Properties<'WILL'> = will.properties ?? {};
  const { willDelayInterval = 0, ...others } = given;
  const payload = will.payload.slice();
  const { correlationData } = others;
  const properties =
    correlationData === undefined ? others : { ...others, correlationData: correlationData.slice() };
  const { topic, qos, retain } = will;
  return { topic: mountPoint + topic, payload, qos, retain, properties, delay: willDelayInterval };
}

/** How it becomes a message, when it does: its expiry counts from then, and its permission is asked again [E01]. */
export function storedWill(
  rooms: Pick<Rooms, 'door' | 'gate' | 'wheel'>,
  client: Client,
  { topic, payload, qos, retain, properties, delay }: KeptWill,
): StoredWill {
  const { door, gate, wheel } = rooms;
  const make = (): Answer<Message | undefined> => {
    // The client is its publisher, so that No Local holds for it too [MQTT-3.8.3-3].
    const will = new Message({ topic, payload, qos, retain, properties }, client.clientId, wheel.now);
    if (!gate.isGuarded) return will;
    const settle = (passed: Message | number): Message | undefined => {
      if (typeof passed === 'number') return undefined;
      if (passed.retain) passed.source = door.originOf(client);
      return passed;
    };
    const passed = gate.pass(client, will);
    return passed instanceof Promise ? passed.then(settle) : settle(passed);
  };
  const bytes = new Message({ topic, payload, qos, retain, properties }).size;
  return { delay, bytes, make };
}
