/** Settings and configurations as YAML for people: `--print-config`, and what `migrate` writes. Secrets are `***`. */
import { Document } from 'yaml';
import { SECRETS } from './check.ts';

/** The value with every secret hidden and without what is undefined. */
function harmless(value: unknown, secret = false): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => harmless(item, secret));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, harmless(item, secret || SECRETS.has(key))]),
    );
  }
  return secret ? '***' : value;
}

/** A configuration as YAML that means the same when it is read again, except for secrets. */
export function printed(value: object, comment = ''): string {
  const document = new Document(harmless(value));
  if (comment !== '') document.commentBefore = comment;
  return document.toString({ lineWidth: 0 });
}
