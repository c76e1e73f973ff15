/** Closing clients whose users are gone, or may no longer hear what they listen to. */

import type { Pattern } from '../../acl/patterns.ts';
import { allowsChannel } from '../../acl/selector.ts';
import type { User } from '../../acl/user.ts';
import { CLIENT_CLOSE_AFTER_REPLY, type Client } from '../clients/client.ts';
import type { Server } from '../server.ts';
import { userChanges } from './authentication.ts';

/** Closes a client whose user is gone, or not its any more; one that is running a command gets its reply first. */
export function cutOff(c: Client): void {
  userChanges(c);
  c.aclUser = c.server.acl.users.default;
  c.authenticated = false;
  close(c);
}

function close(c: Client): void {
  const { connections, executing } = c.server;
  if (c.command !== null) c.flags |= CLIENT_CLOSE_AFTER_REPLY;
  // What a module's command calls may concern clients that are still in use.
  else if (executing === null || executing.conn === null) connections.closeAsap(c);
  else connections.close(c);
}

/**
 * `user` is about to become `revised`: closes its clients that listen to what is then forbidden.
 *
 * @param former what the user was, where `user` does not tell any more
 */
export function cutOffSubscribers(server: Server, user: User, revised: User, former: User = user): void {
  if (server.pubsub.clientCount === 0) return;
  const channels = narrowedTo(former, revised);
  if (channels === null) return;
  for (const c of server.connections.clients.values()) {
    if ((c.aclUser === user || c.aclUser === revised) && c.subscriptions !== null && !mayHear(c, channels)) close(c);
  }
}

/** The channels that are allowed from now on; null when all that were allowed still are. */
function narrowedTo(former: User, revised: User): Pattern[] | null {
  if (revised.everySelector.some(({ allChannels }) => allChannels)) return null;
  const channels = revised.everySelector.flatMap(({ channelPatterns }) => channelPatterns);
  const texts = new Set(channels.map(({ text }) => text));
  const kept = former.everySelector.every(
    ({ allChannels, channelPatterns }) => !allChannels && channelPatterns.every(({ text }) => texts.has(text)),
  );
  return kept ? null : channels;
}

function mayHear({ subscriptions }: Client, channels: readonly Pattern[]): boolean {
  const { patterns, channels: names, shardChannels } = subscriptions!;
  const allows = (isPattern: boolean) => (name: string) =>
    allowsChannel(channels, Buffer.from(name, 'latin1'), isPattern);
  return [...patterns].every(allows(true)) && [...names, ...shardChannels].every(allows(false));
}
