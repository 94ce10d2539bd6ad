/** A verified client certificate as proof: its common name, or its whole subject, is who the client is. */
import type { Client, Credentials } from '@mqtt/broker';
import type { Authenticator, Finding } from './decision.ts';

/** Which part of the certificate names the client. */
export type CertificateName = 'common-name' | 'subject';

/** Takes the listener's word that a certificate is good. */
export class CertificateAuthenticator implements Authenticator {
  readonly name = 'certificate';
  readonly #part: CertificateName;

  constructor(part: CertificateName) {
    this.#part = part;
  }

  /** That it was taken back since, a CRL says, is known to the next handshake. */
  vouch({ certificate, identity }: Client): string | undefined {
    return certificate !== undefined && this.#nameIn(certificate) === identity ? this.#part : undefined;
  }

  #nameIn({ subject, commonName }: NonNullable<Credentials['certificate']>): string | undefined {
    return this.#part === 'subject' ? subject : commonName;
  }

  authenticate({ certificate }: Credentials): Finding {
    if (certificate === undefined) return { is: 'unknown' };
    const identity = this.#nameIn(certificate);
    return identity ? { is: 'known', identity } : { is: 'wrong' };
  }
}
