/**
 * Where RabbitMQ 3.10.8 with its MQTT plugins departs from the statements, as seen here and judged by hand.
 */
import { type Departure, several } from './departure.ts';

const LOWER = 'a server may grant less than was asked [MQTT-3.8.4-6], but the exchange is about QoS 2';
const FEWER = 'its prefetch of 10 may be set higher; no statement says how many a server must have open';
const SENDER =
  'the statement binds who sends; what a server does that receives it follows from [MQTT-4.8.0-1] alone';

function rabbitmq(why: string, cases: readonly string[], doubt?: string): readonly Departure[] {
  return several('rabbitmq', `RabbitMQ 3.10.8 ${why}`, cases, doubt);
}

/** Departures of RabbitMQ. */
export const departuresOfRabbitmq: readonly Departure[] = [
  ...rabbitmq(
    'grants QoS 1 for QoS 2, so that this does not begin',
    [
      'every packet that the server sends has the flags that are listed for it',
      'QoS 1 and 2 messages that are open have different packet ids, none 0',
      'PUBACK, PUBREC, PUBREL and PUBCOMP carry the packet id of their PUBLISH',
      'the session goes on: Session Present 1, the subscription is there, and what came meanwhile',
      'a clean start throws the session away',
      'a connection that is cut has its will of QoS 0 published',
      'a connection that is cut has its will of QoS 1 published',
      'a connection that is cut has its will of QoS 2 published',
      'a connection that the server ends for an error has its will published',
      'a connection that is taken over has its will published',
      'DISCONNECT discards the will',
      'a will is published once',
      'Will Retain 0: nothing is kept for later subscribers',
      'Will Retain 1: the will is kept for later subscribers',
      'overlapping subscriptions: the message comes at the highest QoS of them',
      'a retained message waits for later subscribers, with its QoS and RETAIN 1',
      'a later retained message replaces the earlier one, whatever its QoS',
      'an empty retained message is passed on, removes the one that is kept, and is not kept itself',
      'a message with RETAIN 0 neither is kept nor replaces what is',
      'retained messages outlive the session that sent them',
      'QoS 2: sent with DUP 0; without PUBREC it is sent again with its packet id',
      'QoS 2: PUBREC is answered with PUBREL; without PUBCOMP the PUBREL is sent again, and not the PUBLISH',
      'QoS 2: what is sent again has DUP 1',
      'PUBRELs leave in the order of the PUBRECs',
      'messages of QoS 2 of one client and topic come in their order',
      'messages come at the lower of the QoS published and the QoS granted',
      'after UNSUBSCRIBE a QoS 2 delivery that has begun is completed',
    ],
    LOWER,
  ),
  ...rabbitmq('answers a PUBLISH of QoS 2 with PUBACK', [
    'a PUBLISH is answered as its QoS asks',
    'QoS 2: the same packet id before PUBREL gets PUBREC and is not delivered twice',
    'QoS 2: the same packet id before PUBREL is known after a reconnection too',
    'QoS 2: after PUBCOMP the same packet id is a new message',
    'a PUBREL with other flags than 0010 ends the connection',
    'PUBACKs and PUBRECs leave in the order of their PUBLISHes',
  ]),
  ...rabbitmq('does not answer PUBREL', ['a PUBREL of an unknown packet id is answered with PUBCOMP']),
  ...rabbitmq(
    'has 10 messages open at most',
    ['messages of QoS 1 of one client and topic come in their order'],
    FEWER,
  ),
  ...rabbitmq('sends again with another packet id', [
    'QoS 1: sent with DUP 0; not acknowledged, it is sent again with its packet id',
    'QoS 1: what is sent again has DUP 1',
  ]),
  ...rabbitmq('passes DUP on', ['DUP of the publisher is not passed on']),
  ...rabbitmq('acknowledges a message of DUP 1 and does not deliver it at QoS 0', [
    'DUP of the publisher does not come at QoS 0 either',
  ]),
  ...rabbitmq('looks for retained messages of a topic that is the filter as it stands, wildcards and all', [
    'every topic that matches gives its last retained message',
  ]),
  ...rabbitmq('keeps one subscription for each QoS and delivers once for each', [
    'the same filter again replaces the subscription: one message, at the new QoS',
  ]),
  ...rabbitmq('does not check that a text is UTF-8', [
    'a topic name with an encoded surrogate ends the connection',
    'a topic name that is no UTF-8 ends the connection',
    'a client id that is no UTF-8 ends the connection',
  ]),
  ...rabbitmq('takes U+0000', [
    'U+0000 in a topic name ends the connection',
    'U+0000 in a topic filter ends the connection',
  ]),
  ...rabbitmq('does not look at the flags of a packet', [
    'a PINGREQ with flags that are reserved ends the connection',
    'a PUBACK with flags that are reserved ends the connection',
  ]),
  ...rabbitmq('answers packet id 0 with packet id 0', [
    'a SUBSCRIBE with packet id 0 ends the connection',
    'a QoS 1 PUBLISH with packet id 0 ends the connection',
  ]),
  ...rabbitmq('does not look at this and goes on', [
    'packet type 0 ends the connection',
    'the reserved connect flag must be 0',
    'a CONNECT with will QoS 3 is not accepted',
    'a SUBSCRIBE with reserved bits beside its QoS ends the connection',
  ]),
  ...rabbitmq('takes a CONNECT with the reserved flag, and what stands behind it', [
    'what stands behind a refused CONNECT is not processed',
  ]),
  ...rabbitmq('answers a second CONNECT with CONNACK', ['a second CONNECT ends the connection']),
  ...rabbitmq('closes without CONNACK for level 2', [
    'an unknown protocol level gets CONNACK 0x01 and a close',
  ]),
  ...rabbitmq('takes it', [
    'a PUBLISH to a/+ ends the connection',
    'a PUBLISH to a/# ends the connection',
    'a PUBLISH to an empty topic name ends the connection',
  ]),
  ...rabbitmq('answers it with SUBACK or UNSUBACK', [
    'a SUBSCRIBE without a filter ends the connection',
    'an UNSUBSCRIBE without a filter ends the connection',
  ]),
  ...rabbitmq(
    'grants it',
    [
      'a SUBSCRIBE to sport/tennis# is refused',
      'a SUBSCRIBE to sport/#/ranking is refused',
      'a SUBSCRIBE to sport+ is refused',
      'a SUBSCRIBE to sport/+x/y is refused',
      'a SUBSCRIBE to an empty filter is refused',
    ],
    SENDER,
  ),
  ...rabbitmq('keeps the connection open after a text frame', ['a text frame ends the connection']),
];
