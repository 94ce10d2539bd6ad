/**
 * Reads what the settings of access name: each file once, all that is wrong with them together; and the rules for tokens
 * with their keys. Knows no listeners and no clients.
 */
import type { JSONWebKeySet } from 'jose';
import type { JwtConfiguration } from '../config/configuration.ts';
import type { Fault, Path } from '../config/faults.ts';
import type { FileKind } from '../config/files.ts';
import type { Given } from '../config/given.ts';
import { AccessFileError } from './access-file-error.ts';
import type { JwtKey, JwtRules } from './jwt.ts';

/** Reads files once each, and collects what is wrong with them. */
export class Files {
  readonly faults: Fault[] = [];
  readonly #given: Given;
  readonly #read = new Map<string, unknown>();

  constructor(given: Given) {
    this.#given = given;
  }

  /** What `parse` makes of the file that is named at `path`; undefined when it cannot be read or used. */
  get<T>(file: string, kind: FileKind, path: Path, parse: (text: string, file: string) => T): T | undefined {
    if (!this.#read.has(file)) this.#read.set(file, this.#load(file, kind, path, parse));
    return this.#read.get(file) as T | undefined;
  }

  /** Something is wrong with what stands at `path`. */
  complain(path: Path, message: string): void {
    this.faults.push(this.#given.fault(path, message));
  }

  #load<T>(
    file: string,
    kind: FileKind,
    path: Path,
    parse: (text: string, file: string) => T,
  ): T | undefined {
    try {
      return parse(this.#given.files.text(file, kind), file);
    } catch (error) {
      if (error instanceof AccessFileError) this.faults.push(...error.faults);
      else this.complain(path, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

/** @throws when it is none */
function keySet(text: string, file: string): JSONWebKeySet {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  const isSet = typeof found === 'object' && found !== null && Array.isArray(Reflect.get(found, 'keys'));
  if (!isSet) throw new Error(`${file}: is no JSON Web Key Set: { "keys": [...] }`);
  return found as JSONWebKeySet;
}

function jwtKey(given: JwtConfiguration, path: Path, files: Files): JwtKey | undefined {
  const { jwks, publicKeyFile, secretFile } = given;
  if (jwks !== undefined) {
    const keys = files.get(jwks, 'jwks', [...path, 'jwks'], keySet);
    return keys === undefined ? undefined : { jwks: keys };
  }
  if (publicKeyFile !== undefined) {
    const publicKey = files.get(publicKeyFile, 'key', [...path, 'publicKeyFile'], (text) => text);
    return publicKey === undefined ? undefined : { publicKey };
  }
  const secret = files.get(secretFile ?? '', 'secret', [...path, 'secretFile'], (text) =>
    new TextEncoder().encode(text.replace(/\r?\n$/, '')),
  );
  return secret === undefined ? undefined : { secret };
}

/** The rules for tokens; undefined when their key cannot be read, which is among the faults. */
export function jwtRules(given: JwtConfiguration, path: Path, files: Files): JwtRules | undefined {
  const key = jwtKey(given, path, files);
  if (key === undefined) return undefined;
  const { issuer, audience, usernameClaim = 'sub', aclClaim = 'acl', clockTolerance = 5 } = given;
  const standard = 'secret' in key ? (['HS256'] as const) : (['RS256', 'ES256', 'EdDSA'] as const);
  const algorithms = given.algorithms ?? standard;
  return { key, algorithms, issuer, audience, identityClaim: usernameClaim, aclClaim, clockTolerance };
}
