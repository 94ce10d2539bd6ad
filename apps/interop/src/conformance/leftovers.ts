/**
 * What a play leaves at a server, sessions and retained messages, and how it is taken away again: a guest cleans up.
 * A server that does not play along is left as it is.
 */
import type { Piece } from './case.ts';
import { bytesOf } from './drafts.ts';
import type { Known } from './match.ts';
import { connect, disconnect, PINGREQ, publish } from './packets.ts';
import type { Target } from './target.ts';
import { openPipe } from './transports.ts';
import { Wire } from './wire.ts';

/** ms for each answer. */
const PATIENCE = 1000;

/** Names that were used in a way that outlives a connection. */
export class Leftovers {
  readonly #clientIds = new Set<string>();
  readonly #topics = new Set<string>();

  /** Looks at what is sent. */
  look(piece: Piece, { names }: Known): void {
    if (!('type' in piece)) return;
    if (piece.type === 'PUBLISH' && piece.retain && piece.topic !== '') this.#topics.add(piece.topic);
    if (piece.type !== 'CONNECT') return;
    const isKept = !piece.cleanStart || piece.properties?.sessionExpiryInterval !== undefined;
    if (isKept && piece.clientId !== '' && names.clientId(piece.clientId).length < 100)
      this.#clientIds.add(piece.clientId);
    if (piece.will?.retain === true) this.#topics.add(piece.will.topic);
  }

  /** Takes it away. */
  async clear(target: Target, known: Known): Promise<void> {
    if (this.#clientIds.size + this.#topics.size === 0) return;
    const ids = this.#clientIds.size === 0 ? ['cleaner'] : [...this.#clientIds];
    for (const [i, clientId] of ids.entries()) {
      await this.#visit(clientId, i === 0 ? [...this.#topics] : [], target, known).catch(() => undefined);
    }
  }

  async #visit(clientId: string, topics: readonly string[], target: Target, known: Known): Promise<void> {
    const version = known.version === '5.0' ? 5 : 4;
    const wire = new Wire('cleaner', version, () => undefined);
    wire.use(await openPipe(target.url, wire));
    const send = (piece: Piece): void => {
      wire.send(bytesOf(piece, known, target.credentials).bytes, '');
    };
    send(connect({ clientId }));
    await wire.next(PATIENCE);
    for (const topic of topics) send(publish(topic, '', { retain: true }));
    if (topics.length > 0) {
      send(PINGREQ);
      await wire.next(PATIENCE);
    }
    send(disconnect());
    const { type } = await wire.next(PATIENCE);
    if (type !== 'closed') wire.cut();
  }
}
