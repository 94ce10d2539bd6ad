/**
 * The entry `@mqtt/client/topic-aliases`: topic aliases that are given by themselves (§3.3.2.3.4). The least recently
 * used one is given anew when all that the server allows are taken. Knows one connection at a time.
 */
import type { Publish } from '@mqtt/codec';
import { OutboundAliases } from '@mqtt/session';
import { invalid } from './errors.ts';
import type { ServerLimits } from './limits.ts';
import { sizeOf } from './outbox.ts';

/** What `connect` takes as `topicAliases`. */
export interface TopicAliases {
  /** A connection begins: gives what is done to every PUBLISH that is not sent again. */
  connection(limits: ServerLimits): (packet: Publish) => Publish;
}

/** How many aliases at most. */
export interface TopicAliasOptions {
  /** Topics remembered on a connection, if the server allows as many (Topic Alias Maximum). Default 64. */
  readonly maximum?: number | undefined;
}

/**
 * `connect(url, { topicAliases: automaticTopicAliases() })`: a topic goes out once on a connection, and then its alias
 * of 3 bytes. Messages that are sent again carry their topic. Then `properties.topicAlias` of `publish` is refused.
 */
export function automaticTopicAliases({ maximum }: TopicAliasOptions = {}): TopicAliases {
  return {
    connection({ topicAliasMaximum, maximumPacketSize }) {
      const aliases = new OutboundAliases(topicAliasMaximum, maximum); // [MQTT-3.1.2-26] [MQTT-3.2.2-17] [MQTT-3.2.2-18]
      return (packet) => {
        const { topic, properties } = packet;
        if (properties?.topicAlias !== undefined)
          throw invalid('topic aliases are given by themselves; leave topicAlias out');
        const withAlias = (text: string, topicAlias: number): Publish =>
          ({ ...packet, topic: text, properties: { ...properties, topicAlias } }) as Publish;
        const known = aliases.known(topic);
        if (known !== 0) return withAlias('', known);
        // Given only to what can be sent, or the server would not learn it: 3 bytes more may be too many.
        if (topicAliasMaximum === 0 || sizeOf(withAlias(topic, 1), 5) > maximumPacketSize) return packet;
        return withAlias(topic, aliases.assign(topic));
      };
    },
  };
}
