/**
 * Topic aliases of one network connection, each direction on its own (§3.3.2.3.4). Both die with the connection
 * [MQTT-3.3.2-7]: make new ones for the next, and send every resend with its full topic first.
 * Knows no packets; the decoder has checked the topic.
 */

/** What the peer's aliases mean. */
export class InboundAliases {
  readonly #maximum: number;
  #topics: (string | undefined)[] | undefined;

  /** `maximum`: the Topic Alias Maximum that we sent in CONNECT or CONNACK; 0 when we sent none. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /**
   * The topic of a PUBLISH, and remembers it for the alias when both are there. A number is the reason code to close
   * with: 0x94 for an alias of 0 or above our maximum [MQTT-3.3.2-8] [MQTT-3.3.2-9], 0x82 for one never set (§3.3.4).
   */
  resolve(topic: string, alias: number | undefined): string | 0x94 | 0x82 {
    if (alias === undefined) return topic === '' ? 0x82 : topic;
    if (alias < 1 || alias > this.#maximum) return 0x94;
    if (topic === '') return this.#topics?.[alias] ?? 0x82;
    this.#topics ??= [];
    this.#topics[alias] = topic;
    return topic;
  }
}

/** Which aliases we give, the least recently used one again when all are taken [F02]. */
export class OutboundAliases {
  readonly #maximum: number;
  #aliases: Map<string, number> | undefined;
  #newest = '';
  #newestAlias = 0;

  /** `maximum`: the peer's Topic Alias Maximum, 0 when it sent none [MQTT-3.1.2-27]; `cap` bounds our memory. */
  constructor(maximum: number, cap = 64) {
    this.#maximum = Math.min(maximum, cap);
  }

  /** The alias the peer knows for this topic: send it with an empty topic. 0: it knows none. */
  known(topic: string): number {
    if (topic === this.#newest) return this.#newestAlias;
    const aliases = this.#aliases;
    const alias = aliases?.get(topic);
    if (aliases === undefined || alias === undefined) return 0;
    // While there are aliases left, nobody asks which was used least.
    if (aliases.size === this.#maximum) {
      aliases.delete(topic);
      aliases.set(topic, alias);
    }
    this.#newest = topic;
    this.#newestAlias = alias;
    return alias;
  }

  /**
   * An alias for a topic that is not `known`: send both, or the peer will not learn it. 0: aliases are not allowed.
   * Never above the peer's maximum [MQTT-3.1.2-26] [MQTT-3.3.2-9] [MQTT-3.3.2-11].
   */
  assign(topic: string): number {
    if (this.#maximum === 0) return 0;
    const known = this.known(topic);
    if (known !== 0) return known;
    this.#aliases ??= new Map<string, number>();
    const aliases = this.#aliases;
    let alias = aliases.size + 1;
    if (alias > this.#maximum) {
      for (const [oldest, taken] of aliases) {
        aliases.delete(oldest);
        alias = taken;
        break;
      }
    }
    aliases.set(topic, alias);
    this.#newest = topic;
    this.#newestAlias = alias;
    return alias;
  }
}
