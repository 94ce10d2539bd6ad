/**
 * What a byte pipe looks like to the two products: the five things one may ask of it and the three it tells.
 * TCP, TLS, WebSocket and the memory link of `@mqtt/session/testing` all have this shape. Types only; it knows no
 * packets, and how an implementation batches or buffers is its own business.
 */

/** A peer's X.509 certificate that its link asked for and found valid. */
export interface PeerCertificate {
  /** Common Name of the subject; undefined when it has none, several, or one with control characters. */
  readonly commonName: string | undefined;
  /** The subject as RFC 2253 writes it, last part first: `CN=sensor-1,O=Works,C=DE`. */
  readonly subject: string;
  /** Who signed it, written as `subject` is. */
  readonly issuer: string;
  /** SHA-256 of the certificate, upper case hex with colons. */
  readonly fingerprint256: string;
  /** ms since 1970. */
  readonly validFrom: number;
  /** ms since 1970. */
  readonly validTo: number;
}

/** How a link came in. */
export interface LinkOrigin {
  /** Name of the listener that accepted it. */
  readonly listener: string;
  readonly certificate?: PeerCertificate | undefined;
  /** Whose pre-shared key was proved in the TLS handshake. */
  readonly pskIdentity?: string | undefined;
}

/** One network connection (§4.2), ready for bytes. */
export interface Link {
  /**
   * Queues bytes for the peer, in order. The link may keep a reference until they are sent: do not change them.
   * Returns false when more waits than the high-water mark: stop writing until `drained()`. The bytes are taken
   * in either case. After `close()`, `abort()` or the end of the link, bytes are dropped and false is returned.
   */
  write(bytes: Uint8Array): boolean;
  /** Stops reading: no `receive` until `resume()`, so that the peer feels back-pressure. Idempotent. */
  hold(): void;
  /** Reads again. Idempotent. */
  resume(): void;
  /** Sends what is queued, then ends the link. `closed()` follows. */
  close(): void;
  /** Ends the link at once; what is queued is lost. `closed()` follows. */
  abort(): void;
  /** The peer's address for logs and limits, e.g. `127.0.0.1:50123`. */
  readonly peer: string;
  /** Set by listeners; absent where a program made the link itself. */
  readonly origin?: LinkOrigin | undefined;
}

/** Who a link reports to. */
export interface LinkHandler {
  /** Bytes came, of any length above 0. They belong to the handler, which may keep views on them. */
  receive(chunk: Uint8Array): void;
  /** What was queued has left, after a `write` that returned false. */
  drained(): void;
  /** The link has ended; called once, last of all. `error` when it was not an orderly end. */
  closed(error?: Error): void;
}
