/**
 * Flows to begin fuzzing with, written for this repository: the shapes that published proofs of concept and fuzzers'
 * corpora have. `published` finds the corpora themselves where they lie beside the checkout.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Hex of whole flows: several packets, half of them broken somewhere. */
export const seeds: readonly string[] = [
  // CONNECT 5.0 with a property, a PUBREL with an odd id, DISCONNECT whose properties run past the end.
  '1010 0004 4d515454 05 02 0014 03 21000a 0000 6202 0102 e002 0020',
  // CONNECT twice, the second with a length of another packet and a broken level.
  '1012 0004 4d515454 04 02 0014 0006 666c75666679 1012 0004 4d515454 80 34 0014 0006 666c75666679',
  // 3.1.1 with user name and password, SUBSCRIBE, then an acknowledgement that only a server sends.
  '1018 0004 4d515454 04 c2 0014 0000 0004 75736572 0004 70617373 8206 0001 0001 23 01 2009 0000 06 21000a 220005 d000',
  // 5.0 with session expiry, PINGREQ, SUBSCRIBE with broken options, PUBLISH without an end.
  '1015 0004 4d515454 05 02 003c 05 11000000ff 0003 616263 c000 8207 0001 00 0001 23 ff 3003 0004 61',
  // CONNECT that is nothing but nulls behind its header.
  '100f 0004 4d515454 04 02 003c 003c 003c 00 003c003c003c003c003c 0003616263',
  // 3.1 with a will and both credentials, PUBLISH of each QoS, all acknowledgements.
  '1027 0006 4d5149736470 03 ce 000a 0003 616263 0003 772f74 0004 676f6e65 0002 6d65 0002 7077 3006 0003 612f62 68 3208 0003 612f62 0001 68 3408 0003 612f62 0002 68 4002 0001 5002 0002 6202 0002 7002 0002 e000',
  // Topic of wildcards, of nothing, of slashes, of U+0000, of broken UTF-8, one after another.
  '100d 0004 4d515454 04 02 003c 0001 61 3005 0003 612f23 3002 0000 300a 0008 2f2f2f2f2f2f2f2f 3003 0001 00 3004 0002 c080',
  // 5.0 PUBLISH with every property, then with all of them twice.
  '1011 0004 4d515454 05 02 003c 00 0004 74657374 3028 0003 612f62 22 0101 0200000001 0300017408000172 0900016323000126 0001 6b 0001 76 31 0b 01 00 78 78',
  '3022 0003 612f62 1c 0101 0101 0200000001 0200000001 030001 74 030001 74 0b01 0b02 78',
  // AUTH back and forth, then a DISCONNECT with a reason string.
  '1017 0004 4d515454 05 02 003c 07 15 0004 5343524d 0003 616263 f009 18 07 15 0004 5343524d f007 19 05 15 0002 4142 e005 98 03 1f 0000',
  // Lengths that lie: five bytes, four bytes of 256 MB, not minimal.
  '10ffffffff7f',
  '30ffffff7f 0003 612f62',
  'c08000',
  '82ffff03 0001',
  '30 80808000',
  '3180 01 00',
  // Subscriptions of every odd form.
  '1011 0004 4d515454 05 02 003c 00 0004 74657374 823c 0001 00 0002 612b 00 0006 247368617265 00 0007 2473686172652f 00 0009 24736861 72652f672f 00 0008 2f2f2b2f23 2f612b 02 0001 2b 0c',
  'a20f 0002 00 0000 0001 23 0006 2473797374 65',
  // What is no MQTT at all.
  '474554202f20485454502f312e310d0a486f73743a20610d0a0d0a',
  '160301020001000 1fc0303aabbccdd',
  '5353482d322e302d4f70656e5353480d0a',
  '0000000000000000',
  'ffffffffffffffff',
  '8080808080808080',
  // Packets without a body that need one, and with one that must have none.
  '1000',
  '2000',
  '3000',
  '4000',
  '5000',
  '6200',
  '7000',
  '8200',
  '9000',
  'a200',
  'b000',
  'c00100',
  'd00100',
  'e00100',
  'f000',
  // Reason codes and session flags of every kind.
  '2003 01 00 00 2003 00 87 00 2003 01 87 00 2003 ff 00 00 4004 0001 10 00 4003 0001 42 9006 0001 00 00 87 ff b004 0001 00 11',
].map((hex) => hex.replaceAll(' ', ''));

interface Published {
  readonly place: string;
  /** undefined when the corpus is not beside this checkout. */
  readonly text: string | undefined;
}

/**
 * A file of `shared/vectors`, which is not part of the repository: beside the checkout, or where MQTT_SHARED says.
 */
export function published(name: string): Published {
  const shared = process.env.MQTT_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
  const place = `${shared}/vectors/${name}`;
  return { place, text: existsSync(place) ? readFileSync(place, 'utf8') : undefined };
}
