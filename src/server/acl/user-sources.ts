/** Where users come from: `user` lines of the configuration, the file that `aclfile` names, `requirepass`. */
import { resolve } from 'node:path';
import { parseUsers, readUsers, SaveError, saveUsers } from '../../acl/acl-file.ts';
import { hasSpaces, untilNul } from '../../acl/names.ts';
import { type RuleError, ruleErrorText } from '../../acl/rule-errors.ts';
import { DEFAULT_USER, mergeSelectors } from '../../acl/users.ts';
import type { DeferredLine } from '../../config/config.ts';
import { errnoText } from '../../config/errno.ts';
import { ConfigError } from '../../config/load.ts';
import { fromByteString } from '../../config/text.ts';
import { withoutSecrets } from '../../config/without-secrets.ts';
import type { Server } from '../server.ts';
import { userChanges } from './authentication.ts';

const BOTH_SOURCES =
  'Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This setup ' +
  'is very likely to lead to configuration errors and security holes, please define either an ACL file or declare users ' +
  'directly in your redis.conf, but not both.';

/** Follows the directives of access control and the end of clients, and says what CONFIG REWRITE writes. */
export function followAclDirectives(server: Server): void {
  const { config, acl, connections } = server;
  connections.onClosed.push(userChanges);
  const follow = (name: string, apply: () => void): void => {
    apply();
    config.onApply(name, () => {
      apply();
      return null;
    });
  };
  follow('requirepass', () => {
    const password = config.byteString('requirepass');
    acl.users.default.apply('resetpass', false);
    acl.users.default.apply(password === '' ? 'nopass' : `>${password}`, false);
    acl.defaultChanged();
  });
  follow('acl-pubsub-default', () => {
    acl.users.allChannels = config.enumValue('acl-pubsub-default') === 'allchannels';
  });
  follow('acllog-max-len', () => {
    acl.log.maxEntries = config.num('acllog-max-len');
  });
  config.setLineSource('user', () =>
    server.aclFile.exists ? [] : acl.users.sorted().map((user) => user.configLine()),
  );
}

/**
 * The users that the server starts with; modules are loaded by now, whose commands the rules may name.
 *
 * @throws ConfigError for a line that is wrong, an Error for anything else that the server must not start with.
 */
export function loadUsersAtStart(server: Server): void {
  const { config } = server;
  if (server.aclFile.exists && config.users.length > 0) throw new Error(BOTH_SOURCES);
  const names = new Set<string>();
  for (const line of config.users) loadLine(server, line, names);
  server.acl.defaultChanged();
  if (!server.aclFile.exists) return;
  const errors = server.aclFile.load();
  if (errors !== null) throw new Error(`Aborting Redis startup because of ACL errors: ${fromByteString(errors)}`);
}

function loadLine(server: Server, { args, origin }: DeferredLine, names: Set<string>): void {
  const { users } = server.acl;
  const name = args[0]!;
  const refuse = (word: string, error: RuleError): never => {
    throw new ConfigError(
      `Error in user declaration '${untilNul(word)}': ${ruleErrorText(error)}`,
      withoutSecrets(server.config, origin),
    );
  };
  if (names.has(name)) refuse(name, 'duplicate user');
  names.add(name);
  if (hasSpaces(name))
    throw new ConfigError('Spaces not allowed in ACL usernames', withoutSecrets(server.config, origin));
  const { rules, unmatched } = mergeSelectors(args.slice(1));
  if (unmatched >= 0) refuse(args[unmatched + 1]!, 'syntax');
  const user = users.create(name);
  for (const rule of rules) {
    const error = user.apply(rule, users.allChannels);
    if (error === 'unknown') {
      const what = `Error loading ACL rule '${untilNul(rule)}' for the user named '${name}': ${ruleErrorText(error)}`;
      server.log.warning(fromByteString(what));
      throw new Error('Critical error while loading ACLs. Exiting.');
    }
    // A password that is wrong may be right but for a letter.
    if (error !== null) refuse(/^[><#!]/.test(rule) ? `${rule[0]}(redacted)` : rule, error);
  }
  if (!user.enabled) {
    server.log.notice(
      `The user '${fromByteString(name)}' is disabled (there is no 'on' modifier in the user description). Make sure ` +
        'this is not a configuration error.',
    );
  }
  if (name === DEFAULT_USER) users.default.copyFrom(user);
  else users.add(user);
}

/** ACL LOAD and ACL SAVE. */
export class AclFile {
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  /** Whether the server is configured to use one. */
  get exists(): boolean {
    return this.name !== '';
  }

  /** As the configuration gives it, a byte string. */
  private get name(): string {
    return this.server.config.byteString('aclfile');
  }

  private get path(): string {
    const { config } = this.server;
    return resolve(config.str('dir'), config.str('aclfile'));
  }

  /** Takes the users of the file, unless anything is wrong with it; then all errors are returned, a byte string. */
  load(): string | null {
    const { acl } = this.server;
    let text: string;
    try {
      text = readUsers(this.path);
    } catch (error) {
      return `Error loading ACLs, opening file '${this.name}': ${errnoText(error)}`;
    }
    const { users, errors } = parseUsers(acl.users, text, this.name);
    if (errors !== '') {
      return `${errors}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`;
    }
    acl.replaceUsers(users);
    return null;
  }

  /** False when the file could not be written, which the log tells more of. */
  save(): boolean {
    const { acl, log } = this.server;
    try {
      saveUsers(acl.users, this.path);
      return true;
    } catch (error) {
      if (!(error instanceof SaveError)) throw error;
      log.warning(`${error.step}: ${errnoText(error.cause)}`);
      return false;
    }
  }
}
