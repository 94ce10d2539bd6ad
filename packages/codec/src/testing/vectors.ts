/**
 * Every byte vector of the codec: the ones written by hand, one file a packet, and the ones made from the tables.
 * Each is written from the specification; other packages feed them to brokers and clients.
 */
import { named, type Vector } from './vector.ts';
import { auth } from './vectors/auth.ts';
import { connack } from './vectors/connack.ts';
import { connect3 } from './vectors/connect-3.ts';
import { connect5 } from './vectors/connect-5.ts';
import { disconnect } from './vectors/disconnect.ts';
import { framing } from './vectors/framing.ts';
import { pingreq, pingresp } from './vectors/ping.ts';
import { puback } from './vectors/puback.ts';
import { pubcomp } from './vectors/pubcomp.ts';
import { publish3 } from './vectors/publish-3.ts';
import { publish5 } from './vectors/publish-5.ts';
import { pubrec } from './vectors/pubrec.ts';
import { pubrel } from './vectors/pubrel.ts';
import { suback } from './vectors/suback.ts';
import { subscribe } from './vectors/subscribe.ts';
import { unsuback, unsubscribe } from './vectors/unsubscribe.ts';

/** The byte vectors written by hand. */
export const vectors: readonly Vector[] = [
  ...named('CONNECT', [...connect3, ...connect5]),
  ...named('CONNACK', connack),
  ...named('PUBLISH', [...publish3, ...publish5]),
  ...named('PUBACK', puback),
  ...named('PUBREC', pubrec),
  ...named('PUBREL', pubrel),
  ...named('PUBCOMP', pubcomp),
  ...named('SUBSCRIBE', subscribe),
  ...named('SUBACK', suback),
  ...named('UNSUBSCRIBE', unsubscribe),
  ...named('UNSUBACK', unsuback),
  ...named('PINGREQ', pingreq),
  ...named('PINGRESP', pingresp),
  ...named('DISCONNECT', disconnect),
  ...named('AUTH', auth),
  ...named('frame', framing),
];

export { generatedVectors } from './vectors/generated.ts';
