/**
 * Text of others in the messages of errors: harmless to whoever prints them.
 */

/** Text from a peer with control and direction characters made visible, so that it cannot forge log lines [K14]. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
