/**
 * What a failure of TLS says: OpenSSL's message is a line of its own source, its `reason` is what a person can read.
 * Knows no socket.
 */

/** The error, in words when it is one of OpenSSL; any other as it is. */
export function inWords(error: Error): Error {
  const { reason } = error as { readonly reason?: unknown };
  if (!/:SSL routines:/.test(error.message) || typeof reason !== 'string') return error;
  const advice = reason.endsWith('certificate required')
    ? ': the server wants one of the client, cert and key'
    : '';
  return new Error(`TLS failed, ${reason}${advice}`, { cause: error });
}
