/**
 * A client's certificate as the broker's hooks see it: who it names, who signed it, how long it holds. Whether it is
 * valid was decided by the handshake before; what a name may do is decided far from here.
 */
import type { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from '@mqtt/session';

/** What hooks are told of a verified certificate. */
export function describeCertificate(certificate: X509Certificate): PeerCertificate {
  const { subject, issuer, fingerprint256, validFrom, validTo } = certificate;
  return {
    commonName: commonNameOf(certificate),
    subject: rfc2253(subject),
    issuer: rfc2253(issuer),
    fingerprint256,
    validFrom: Date.parse(validFrom),
    validTo: Date.parse(validTo),
  };
}

/** A name that is not exactly one, or that would break a log line or an identity, is no name [D10]. */
function commonNameOf(certificate: X509Certificate): string | undefined {
  const name: unknown = certificate.toLegacyObject().subject?.CN;
  return typeof name === 'string' && !/\p{Cc}/u.test(name) ? name : undefined;
}

/**
 * Node's lines, already escaped, as RFC 2253 has it and Mosquitto's `use_subject_as_username` prints it: last part
 * first, parts of one set joined by `+`, bytes above ASCII in hex.
 */
function rfc2253(lines: string): string {
  const parts = (lines ?? '')
    .split('\n')
    .reverse()
    .map((set) => set.split(' + ').reverse().join('+'));
  return parts.join(',').replace(/[^\0-\x7f]+/g, (text) => {
    let escaped = '';
    for (const byte of Buffer.from(text)) escaped += `\\${byte.toString(16).toUpperCase()}`;
    return escaped;
  });
}
