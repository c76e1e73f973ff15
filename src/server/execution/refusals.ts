/**
 * The judge of commands: whether a caller may run one now, and the error if not. Clients, transactions, scripts and
 * modules ask here; what differs between them is in the `Caller`. The order of the questions is that of Redis, because a
 * command may have more than one fault.
 *
 * What is held up rather than refused (CLIENT PAUSE) and what is queued (MULTI) is decided after this, in dispatch.ts.
 */
import type { User } from '../../acl/user.ts';
import {
  CMD_ALLOW_BUSY,
  CMD_DENYOOM,
  CMD_LOADING,
  CMD_MAY_REPLICATE,
  CMD_NO_AUTH,
  CMD_NO_MULTI,
  CMD_NOSCRIPT,
  CMD_PROTECTED,
  CMD_STALE,
  CMD_WRITE,
  type CommandEntry,
} from '../../commands/registry.ts';
import type { Args } from '../../protocol/args.ts';
import { CLIENT_MULTI, CLIENT_PUBSUB, type Client } from '../clients/client.ts';
import type { Server } from '../server.ts';
import {
  COND_BUSY,
  COND_DISK_ERROR,
  COND_FEW_REPLICAS,
  COND_LOADING,
  COND_MAXMEMORY,
  COND_READONLY_REPLICA,
  COND_STALE,
} from './conditions.ts';

import { EVICT_FAIL } from './key-eviction.ts';

/** What was found wrong: whoever needs more than the text (RM_Call's errno) looks at this. */
export type RefusalReason =
  | 'unknown'
  | 'arity'
  | 'protected'
  | 'unauthenticated'
  | 'transaction'
  | 'noscript'
  | 'acl'
  | 'nouser'
  | 'memory'
  | 'write'
  | 'disk'
  | 'replicas'
  | 'readonly'
  | 'pubsub'
  | 'stale'
  | 'loading'
  | 'busy';

export interface Refusal {
  readonly reason: RefusalReason;
  /** With its code, without the `-`. */
  readonly error: string;
}

/** Who runs a command, and what is asked of it. */
export interface Caller {
  readonly kind: 'client' | 'transaction' | 'script' | 'module';
  /** Arity and existence apart, only what may have changed since the command was queued. */
  readonly checkedBefore: boolean;
  /** Only what scripts may do: no `noscript` commands, and no writes where the server takes none. */
  readonly scriptMode: boolean;
  readonly noWrites: boolean;
  readonly respectDenyOom: boolean;
  readonly checkAcl: boolean;
  /** The user whose permissions count; null: there is none, which `checkAcl` does not take. */
  readonly user: User | 'of client' | null;
}

const ANYTHING = { checkedBefore: false, scriptMode: false, noWrites: false, respectDenyOom: true, checkAcl: true };
/** A client's command. */
export const BY_CLIENT: Caller = { ...ANYTHING, kind: 'client', user: 'of client' };
/** A command of a transaction: it was judged when it was queued. */
export const BY_TRANSACTION: Caller = { ...ANYTHING, kind: 'transaction', checkedBefore: true, user: 'of client' };

/** Longest part of a client's words that an error repeats. */
const QUOTED_MAX = 128;
const OVER_LIMIT = "OOM command not allowed when used memory > 'maxmemory'.";
const NO_TRANSACTION = 'ERR Command not allowed inside a transaction';
const NO_USER = "ERR cannot run as user, no user directly attached to context or context's client";
const NO_REPLICAS = 'NOREPLICAS Not enough good replicas to write.';
const READ_ONLY_REPLICA = "READONLY You can't write against a read only replica.";
const LOADING = 'LOADING Redis is loading the dataset in memory';
const MASTER_DOWN = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
/** Commands with which a subscriber of RESP2 goes on. */
const SUBSCRIBER_COMMANDS: ReadonlySet<string> = new Set(
  'ping subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe quit reset'.split(' '),
);
/** Commands that end a transaction, which may be done without memory. */
const ENDS_TRANSACTION: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'quit', 'reset', 'watch']);

/** Whether nothing is out of the ordinary, so that a client's command needs no judgement; small enough to be inlined. */
export function isUsual(server: Server, c: Client, cmd: CommandEntry): boolean {
  const special = (cmd.flags & CMD_PROTECTED) | (c.flags & (CLIENT_MULTI | CLIENT_PUBSUB)) | server.conditions.mask;
  return (
    special === 0 &&
    cmd.subcommands === null &&
    c.authenticated &&
    fitsArity(cmd, c.args.argc) &&
    (c.aclUser.unrestricted || server.acl.permits(c, cmd))
  );
}

/** Whether `c` may run `cmd`, as looked up (null: no such command) for `c.args`; null when it may. */
export function refusal(server: Server, c: Client, cmd: CommandEntry | null, caller: Caller): Refusal | null {
  if (cmd === null || cmd.proc === null || (cmd.subcommands !== null && c.args.argc > 1)) return unknown(c.args, cmd);
  if (!fitsArity(cmd, c.args.argc)) return { reason: 'arity', error: arityError(cmd, caller) };
  const { flags } = cmd;
  if (caller.kind === 'client') {
    if (flags & CMD_PROTECTED && !allowsProtected(server, c, cmd)) return isProtected(cmd);
    if (!c.authenticated && server.settings.authRequired && !(flags & CMD_NO_AUTH)) {
      return { reason: 'unauthenticated', error: 'NOAUTH Authentication required.' };
    }
    if (c.flags & CLIENT_MULTI && flags & CMD_NO_MULTI) return { reason: 'transaction', error: NO_TRANSACTION };
  } else if (caller.scriptMode && flags & CMD_NOSCRIPT) return { reason: 'noscript', error: noScript(cmd, caller) };
  if (caller.checkAcl && caller.user !== null) {
    const user = caller.user === 'of client' ? c.aclUser : caller.user;
    const error = user.unrestricted ? null : server.acl.judge(c, cmd, user, caller);
    if (error !== null) return { reason: 'acl', error };
  }
  if (caller.checkedBefore) return null;
  const adverse = server.conditions.mask !== 0;
  if (adverse && lacksMemory(server, c, cmd, caller)) return { reason: 'memory', error: OVER_LIMIT };
  if (caller.noWrites && flags & CMD_WRITE) return { reason: 'write', error: noWrite(cmd, caller) };
  if (adverse) {
    const found = byConditions(server, c, cmd, caller);
    if (found !== null) return found;
  }
  if (caller.kind !== 'client') {
    if (caller.checkAcl && caller.user === null) return { reason: 'nouser', error: NO_USER };
  } else if (c.flags & CLIENT_PUBSUB && c.resp === 2 && !SUBSCRIBER_COMMANDS.has(cmd.fullName)) {
    return { reason: 'pubsub', error: onlySubscriptions(cmd) };
  }
  return null;
}

/** What the circumstances do not allow. */
function byConditions(server: Server, c: Client, cmd: CommandEntry, caller: Caller): Refusal | null {
  const { conditions } = server;
  const { mask } = conditions;
  const flags = flagsOf(c, cmd);
  const client = caller.kind === 'client';
  if (client || caller.scriptMode) {
    const writes = (flags & CMD_WRITE) !== 0;
    const pings = client && cmd.fullName === 'ping';
    if (mask & COND_DISK_ERROR && (writes || pings)) return { reason: 'disk', error: conditions.diskError };
    if (mask & COND_FEW_REPLICAS && writes) return { reason: 'replicas', error: NO_REPLICAS };
    if (mask & COND_READONLY_REPLICA && writes) return { reason: 'readonly', error: READ_ONLY_REPLICA };
    if (mask & COND_STALE && !(flags & CMD_STALE)) return { reason: 'stale', error: MASTER_DOWN };
  }
  if (!client) return null;
  if (mask & COND_LOADING && !(flags & CMD_LOADING)) return { reason: 'loading', error: LOADING };
  if (mask & COND_BUSY && !(flags & CMD_ALLOW_BUSY)) return { reason: 'busy', error: conditions.busyError };
  return null;
}

/**
 * The flags of a command as the state of the server meets them: EXEC does what was queued, and may run at a bad time only
 * when all of that may.
 */
export function flagsOf({ transaction }: Client, cmd: CommandEntry): number {
  if (transaction === null || cmd.fullName !== 'exec') return cmd.flags;
  const does = transaction.flags & (CMD_WRITE | CMD_DENYOOM | CMD_MAY_REPLICATE);
  return (cmd.flags | does) & ~(transaction.missingFlags & (CMD_STALE | CMD_LOADING));
}

/**
 * Whether the command needs memory beyond `maxmemory`, though keys were evicted. A transaction's queue takes some,
 * whatever is queued. What a command calls is treated as it was itself: it has begun to change things.
 */
function lacksMemory(server: Server, c: Client, cmd: CommandEntry, caller: Caller): boolean {
  if (!(server.conditions.mask & COND_MAXMEMORY)) return false;
  const { eviction } = server;
  if (caller.kind === 'client') {
    if (eviction.run() !== EVICT_FAIL) return false;
    const queues = (c.flags & CLIENT_MULTI) !== 0 && !ENDS_TRANSACTION.has(cmd.fullName);
    return queues || (flagsOf(c, cmd) & CMD_DENYOOM) !== 0;
  }
  if (!caller.respectDenyOom || (cmd.flags & CMD_DENYOOM) === 0) return false;
  return server.executing === null ? server.memory.overLimit : eviction.outOfMemory;
}

/** `enable-debug-command`, `enable-module-command`: yes, no, or local connections only. */
function allowsProtected(server: Server, c: Client, cmd: CommandEntry): boolean {
  const value = server.config.enumValue(`enable-${cmd.parent?.spec.name ?? cmd.spec.name}-command`);
  return value === 'yes' || (value === 'local' && (c.conn === null || c.conn.isLoopback));
}

function isProtected(cmd: CommandEntry): Refusal {
  const name = cmd.parent?.fullName ?? cmd.fullName;
  return {
    reason: 'protected',
    error:
      `ERR ${name.toUpperCase()} command not allowed. If the enable-${name}-command option is set to "local", you can ` +
      `run it from a local connection, otherwise you need to set this option in the configuration file, and then ` +
      `restart the server.`,
  };
}

/** Whether the number of arguments is one that the command takes. */
function fitsArity(cmd: CommandEntry, argc: number): boolean {
  return cmd.arity > 0 ? argc === cmd.arity : argc >= -cmd.arity;
}

function arityError(cmd: CommandEntry, { kind }: Caller): string {
  if (kind === 'script') return 'ERR Wrong number of args calling Redis command from script';
  return `ERR wrong number of arguments for '${cmd.fullName}' command`;
}

function noScript(cmd: CommandEntry, { kind }: Caller): string {
  if (kind === 'script') return 'ERR This Redis command is not allowed from script';
  return `ERR command '${cmd.fullName}' is not allowed on script mode`;
}

function noWrite(cmd: CommandEntry, { kind }: Caller): string {
  if (kind === 'script') return 'ERR Write commands are not allowed from read-only scripts.';
  return `ERR Write command '${cmd.fullName}' was called while write is not allowed.`;
}

function onlySubscriptions(cmd: CommandEntry): string {
  const allowed = '(P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET';
  return `ERR Can't execute '${cmd.fullName}': only ${allowed} are allowed in this context`;
}

/** The command line is no command's; `container`: the command whose subcommand is unknown or missing, or null. */
function unknown(args: Args, container: CommandEntry | null): Refusal {
  if (container !== null && args.argc === 1) return { reason: 'arity', error: arityError(container, BY_CLIENT) };
  if (container !== null) {
    const hint = `Try ${container.fullName.toUpperCase()} HELP.`;
    return { reason: 'unknown', error: `ERR unknown subcommand '${quoted(args, 1, QUOTED_MAX)}'. ${hint}` };
  }
  let list = '';
  for (let i = 1; i < args.argc && list.length < QUOTED_MAX; i++) {
    list += `'${quoted(args, i, QUOTED_MAX - list.length)}' `;
  }
  const error = `ERR unknown command '${quoted(args, 0, QUOTED_MAX)}', with args beginning with: ${list}`;
  return { reason: 'unknown', error };
}

/** An argument as C's `%.*s` prints it: up to the first NUL. */
function quoted(args: Args, i: number, max: number): string {
  const text = args.latin1(i, max);
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
