/**
 * Where brokers, and in departures-of-clients.ts clients, that others wrote depart from the statements, as seen here and judged by hand. They stay visible in
 * every report. Ours has no place in it.
 */
import type { Departure } from './departure.ts';
import { departuresOfClients } from './departures-of-clients.ts';
import { departuresOfRabbitmq } from './departures-of-rabbitmq.ts';
import type { Outcome } from './outcome.ts';

const DETECTS =
  'the statement is about what a server detects; that it must look here is said nowhere in so many words';
const CLOSING = 'the words must close are kept; that DISCONNECT is sent before is said without must';
const SENDER = 'the statement binds who sends; what a server does that receives it follows from §4.13 alone';

/** Departures by name of the broker or client. */
export const knownDepartures: readonly Departure[] = [
  ...departuresOfClients,
  ...departuresOfRabbitmq,
  {
    broker: 'mosquitto',
    case: 'a PINGREQ with flags that are reserved ends the connection',
    version: '3.1.1',
    why: 'Mosquitto 2.0.11 answers a PINGREQ of flags 0001 with PINGRESP',
  },
  {
    broker: 'mosquitto',
    case: 'a PINGREQ with flags that are reserved ends the connection',
    version: '5.0',
    why: 'Mosquitto 2.0.11 answers a PINGREQ of flags 0001 with PINGRESP',
    doubt: DETECTS,
  },
  {
    broker: 'mosquitto',
    case: 'a PUBACK with flags that are reserved ends the connection',
    version: '3.1.1',
    why: 'Mosquitto 2.0.11 takes a PUBACK of flags 0100 as if they were 0000',
  },
  {
    broker: 'mosquitto',
    case: 'a PUBACK with flags that are reserved ends the connection',
    version: '5.0',
    why: 'Mosquitto 2.0.11 takes a PUBACK of flags 0100 as if they were 0000',
    doubt: DETECTS,
  },
  {
    broker: 'mosquitto',
    case: 'a client that connects again ends its earlier connection, which is told 0x8E',
    why: 'Mosquitto 2.0.11 closes the earlier connection without the DISCONNECT',
    doubt: CLOSING,
  },
  {
    broker: 'mosquitto',
    case: 'a PUBLISH with a Response Topic with a wildcard ends the connection',
    why: 'Mosquitto 2.0.11 does not look into the Response Topic',
    doubt: SENDER,
  },
  {
    broker: 'mosquitto',
    case: 'a message that was sent does not expire before it is sent again',
    why: 'Mosquitto 2.0.11 drops a QoS 2 message whose PUBLISH was sent when it expires before the client is back',
  },
  {
    broker: 'mosquitto',
    case: 'a SUBSCRIBE to $share//t is refused',
    why: 'Mosquitto 2.0.11 grants a shared filter without a ShareName',
    doubt: SENDER,
  },
  {
    broker: 'mosquitto',
    case: 'a SUBSCRIBE to $share/g is refused',
    why: 'Mosquitto 2.0.11 grants a shared filter without a filter behind the ShareName',
    doubt: SENDER,
  },
  {
    broker: 'mosquitto',
    case: 'a SUBSCRIBE to $share/g/ is refused',
    why: 'Mosquitto 2.0.11 grants a shared filter with an empty filter behind the ShareName',
    doubt: SENDER,
  },
  {
    broker: 'mosquitto',
    case: 'No Local on a shared subscription ends the connection',
    why: 'Mosquitto 2.0.11 grants it',
  },
  {
    broker: 'mosquitto',
    case: 'no more open QoS 1 messages go out than Receive Maximum; each PUBACK makes room for one',
    why: 'Mosquitto 2.0.11 sends two messages for one PUBACK: three are open where two are allowed',
  },
  {
    broker: 'mosquitto',
    case: 'a message too large for the client takes none of its Receive Maximum',
    why: 'in Mosquitto 2.0.11 a message that is too large holds its place in the window for ever',
  },
  {
    broker: 'mosquitto',
    case: 'a text frame ends the connection',
    why: 'Mosquitto 2.0.11 reads the text of the frame as bytes of MQTT',
  },
  {
    broker: 'aedes',
    case: 'a topic name with an encoded surrogate ends the connection',
    why: 'aedes 1.2.0 does not check that a text is UTF-8',
  },
  {
    broker: 'aedes',
    case: 'a topic name that is no UTF-8 ends the connection',
    why: 'aedes 1.2.0 does not check that a text is UTF-8',
  },
  {
    broker: 'aedes',
    case: 'a client id that is no UTF-8 ends the connection',
    why: 'aedes 1.2.0 does not check that a text is UTF-8',
  },
  {
    broker: 'aedes',
    case: 'U+0000 in a topic name ends the connection',
    why: 'aedes 1.2.0 takes U+0000 in a topic name',
  },
  {
    broker: 'aedes',
    case: 'U+0000 in a topic filter ends the connection',
    why: 'aedes 1.2.0 takes U+0000 in a topic filter',
  },
  {
    broker: 'aedes',
    case: 'a SUBSCRIBE with packet id 0 ends the connection',
    why: 'aedes 1.2.0 answers packet id 0 with a SUBACK of packet id 0',
  },
  {
    broker: 'aedes',
    case: 'a QoS 1 PUBLISH with packet id 0 ends the connection',
    why: 'aedes 1.2.0 answers packet id 0 with a PUBACK of packet id 0',
  },
  {
    broker: 'aedes',
    case: 'an unknown protocol level gets CONNACK 0x01 and a close',
    why: 'aedes 1.2.0 closes without CONNACK for level 2',
  },
  {
    broker: 'aedes',
    case: 'a CONNECT with bytes left over gets no CONNACK',
    why: 'aedes 1.2.0 does not look behind the last field of CONNECT',
  },
  {
    broker: 'aedes',
    case: 'a CONNECT with will QoS 3 is not accepted',
    why: 'aedes 1.2.0 accepts it',
  },
  {
    broker: 'aedes',
    case: 'an empty client id with Clean Session 0 gets CONNACK 0x02 and a close',
    why: 'aedes 1.2.0 accepts it and assigns a client id',
  },
  {
    broker: 'aedes',
    case: 'overlapping subscriptions: the message comes at the highest QoS of them',
    why: 'aedes 1.2.0 delivers once at QoS 0 where one subscription is of QoS 0 and one of QoS 2',
  },
  {
    broker: 'aedes',
    case: 'QoS 1: what is sent again has DUP 1',
    why: 'aedes 1.2.0 sends again with DUP 0',
  },
  {
    broker: 'aedes',
    case: 'QoS 2: what is sent again has DUP 1',
    why: 'aedes 1.2.0 sends again with DUP 0',
  },
  {
    broker: 'aedes',
    case: 'DUP of the publisher is not passed on',
    why: 'aedes 1.2.0 passes DUP on',
  },
  {
    broker: 'aedes',
    case: 'DUP of the publisher does not come at QoS 0 either',
    why: 'aedes 1.2.0 passes DUP on, to QoS 0 as well',
  },
  {
    broker: 'aedes',
    case: 'an UNSUBSCRIBE without a filter ends the connection',
    why: 'aedes 1.2.0 answers it with UNSUBACK',
  },
];

/** The brokers that are known here. */
export const knownBrokers: readonly string[] = ['mosquitto', 'aedes', 'rabbitmq'];

/** What is known of this failure; undefined when it must pass. */
export function departureOf(broker: string | undefined, outcome: Outcome): Departure | undefined {
  return knownDepartures.find(
    (one) =>
      one.broker === broker &&
      one.case === outcome.case.name &&
      (one.version ?? outcome.version) === outcome.version,
  );
}
