/**
 * Files of users (`aclfile`): one `user` line for each, blank lines, nothing else. Words are separated by single blanks;
 * quotes mean something in the parentheses of selectors only.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasSpaces, untilNul } from './names.ts';
import { ruleErrorText } from './rule-errors.ts';
import type { User } from './user.ts';
import { mergeSelectors, type Users } from './users.ts';

/** What a file holds: users that are in no table, and all that is wrong with it ('' when nothing is). */
export interface LoadedUsers {
  readonly users: User[];
  readonly errors: string;
}

/**
 * Reads lines of users.
 *
 * @param text a byte string
 * @param file its name, for the errors
 */
export function parseUsers(users: Users, text: string, file: string): LoadedUsers {
  const found = new Map<string, User>();
  let errors = '';
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
    if (line !== '') errors += parseLine(users, found, line.split(' '), `${file}:${i + 1}`, i + 1);
  }
  return { users: [...found.values()], errors };
}

/** Adds the user of a line to `found`; returns what is wrong with the line. */
function parseLine(users: Users, found: Map<string, User>, words: string[], at: string, line: number): string {
  const [keyword, name] = words;
  if (keyword !== 'user' || name === undefined) {
    return `${at} should start with user keyword followed by the username. `;
  }
  if (hasSpaces(name)) return `'${at}: username '${untilNul(name)}' contains invalid characters. `;
  if (found.has(name)) return `WARNING: Duplicate user '${name}' found on line ${line}. `;
  const user = users.create(name);
  found.set(name, user);
  const { rules, unmatched } = mergeSelectors(words.slice(2));
  // No blank behind this one: so Redis has it.
  if (unmatched >= 0) return `${at}: Unmatched parenthesis in selector definition.`;
  return applyRules(users, user, rules, at);
}

function applyRules(users: Users, user: User, rules: readonly string[], at: string): string {
  let errors = '';
  let wrong = false;
  for (const rule of rules) {
    const error = user.apply(rule.replace(/^[\t\r]+|[\t\r]+$/g, ''), users.allChannels);
    // Names of commands are no secret; of the other errors the first counts, as it may cause the next.
    if (error === 'unknown')
      errors += `${at}: Error in applying operation '${untilNul(rule)}': ${ruleErrorText(error)}. `;
    else if (error !== null && !wrong) {
      errors += `${at}: ${ruleErrorText(error)}. `;
      wrong = true;
    }
  }
  return errors;
}

/** A file as a byte string. Throws the system's error. */
export function readUsers(path: string): string {
  return readFileSync(path, 'latin1');
}

/** Which step of saving failed. */
export class SaveError extends Error {
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super((cause as Error).message, { cause });
    this.step = step;
  }
}

/**
 * Writes all users to a file, so that a crash leaves the old file or the new one, whole. Throws a SaveError, and leaves
 * the old one.
 */
export function saveUsers(users: Users, path: string): void {
  const text = users
    .sorted()
    .map((user) => `${user.line()}\n`)
    .join('');
  const temporary = `${path}.tmp-${process.pid}-${Date.now()}`;
  let step = 'Opening temp ACL file for ACL SAVE';
  try {
    const fd = openSync(temporary, 'w', 0o644);
    try {
      step = 'Writing ACL file for ACL SAVE';
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      step = 'Syncing ACL file for ACL SAVE';
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    step = 'Renaming ACL file for ACL SAVE';
    renameSync(temporary, path);
    step = 'Syncing ACL directory for ACL SAVE';
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new SaveError(step, error);
  }
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
