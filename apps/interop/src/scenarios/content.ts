/**
 * What a message may hold: large and binary payloads, topics with every character Unicode has.
 */
import type { Scenario } from './scenario.ts';

const MEGABYTE = 1_000_000;
/** Every byte value, in an order that no shift or repetition of a chunk leaves as it is. */
const LARGE: Uint8Array = Uint8Array.from(
  { length: MEGABYTE },
  (_, index) => (index * 31 + (index >> 8) * 17) & 0xff,
);
/** U+1D11E and U+1F600 need two UTF-16 units and four bytes of UTF-8. */
const TOPIC = 'música/𝄞/😀 日本語/é';
const DECOMPOSED = 'música/𝄞/😀 日本語/e\u0301';

/** The stories. */
export const content: readonly Scenario[] = [
  {
    name: 'a payload of 1 MB, QoS 0',
    isAboutTransport: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'large', qos: 0 },
      { publish: [{ topic: 'large', payload: LARGE, qos: 0 }] },
      { receive: 'reader', messages: [{ topic: 'large', payload: LARGE, qos: 0 }] },
      { nothingMore: 'reader', topic: 'large' },
    ],
  },
  {
    name: 'a payload of 1 MB, QoS 2 and retained',
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { publish: [{ topic: 'large', payload: LARGE, qos: 2, retain: true }] },
      { subscribe: 'reader', topicFilter: 'large', qos: 2 },
      { receive: 'reader', messages: [{ topic: 'large', payload: LARGE, qos: 2, retain: true }] },
      { nothingMore: 'reader', topic: 'large' },
    ],
  },
  {
    name: 'a topic with UTF-8 beyond the basic plane, through a wildcard',
    statements: '3.1.1 [MQTT-3.3.2-1] 5.0 [MQTT-3.3.2-1]',
    steps: [
      { subscribe: 'reader', topicFilter: 'música/𝄞/#', qos: 1 },
      { publish: [{ topic: TOPIC, payload: '𝄞', qos: 1 }] },
      { receive: 'reader', messages: [{ topic: TOPIC, payload: '𝄞', qos: 1 }] },
      { nothingMore: 'reader', topic: 'música/𝄞/end' },
    ],
  },
  {
    name: 'topics are compared without normalisation',
    statements: '3.1.1 [MQTT-4.7.3-4] 5.0 [MQTT-4.7.3-4]',
    steps: [
      { subscribe: 'reader', topicFilter: TOPIC, qos: 1 },
      { publish: [{ topic: DECOMPOSED, payload: 'another topic', qos: 1 }] },
      { publish: [{ topic: TOPIC, payload: 'this topic', qos: 1 }] },
      { receive: 'reader', messages: [{ topic: TOPIC, payload: 'this topic', qos: 1 }] },
    ],
  },
];
