/** A verified client certificate as proof: its common name, or its whole subject, is who the client is. */
import type { Credentials } from '@mqtt/broker';
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

  authenticate({ certificate }: Credentials): Finding {
    if (certificate === undefined) return { is: 'unknown' };
    const identity = this.#part === 'subject' ? certificate.subject : certificate.commonName;
    return identity ? { is: 'known', identity } : { is: 'wrong' };
  }
}
