import type { AclCommand } from './command-view.ts';
import { DENIED_COMMAND, DENIED_KEY, type Denial } from './selector.ts';
import type { User } from './user.ts';

/**
 * Why something is denied, without a code.
 *
 * @param name the key or channel; null: it is not told
 */
export function denialText(denial: Denial, user: User, command: AclCommand, name: string | null): string {
  if (denial === DENIED_COMMAND) return `User ${user.name} has no permissions to run the '${command.fullName}' command`;
  const what = denial === DENIED_KEY ? 'key' : 'channel';
  if (name === null) return `No permissions to access a ${what}`;
  return `User ${user.name} has no permissions to access the '${name}' ${what}`;
}
