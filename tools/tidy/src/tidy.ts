/**
 * All rules over one repository, less the exceptions that are argued. Which rules there are is this list.
 */
import { applyExceptions } from './allow.ts';
import type { Finding } from './finding.ts';
import type { Repository } from './repository.ts';
import { banRule } from './rules/bans.ts';
import { circleRule } from './rules/circles.ts';
import { commentRule } from './rules/comments.ts';
import { languageRule } from './rules/language.ts';
import { mapRule } from './rules/map.ts';
import { nameRule } from './rules/names.ts';
import { packageRule } from './rules/packages.ts';
import { roomRule } from './rules/rooms.ts';
import { sizeRule } from './rules/size.ts';
import { statementRule } from './rules/statements.ts';

const RULES = [
  packageRule,
  roomRule,
  circleRule,
  banRule,
  languageRule,
  nameRule,
  sizeRule,
  commentRule,
  statementRule,
  mapRule,
];

/** Every finding in the repository, by path and line. */
export function tidy(repo: Repository): Finding[] {
  const findings = applyExceptions(
    repo.files,
    RULES.flatMap((rule) => rule(repo)),
  );
  return findings.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}
