/**
 * Running one command: look-up, the checks that may refuse it, execution, statistics.
 *
 * Durations: a clock read costs about a twentieth of a short command, so consecutive commands share one: the end of a
 * command is the start of the next in the same pipeline.
 */
import {
  CMD_ADMIN,
  CMD_MAY_REPLICATE,
  CMD_NO_AUTH,
  CMD_NO_MULTI,
  CMD_PROTECTED,
  CMD_SKIP_MONITOR,
  CMD_SKIP_SLOWLOG,
  CMD_WRITE,
  type CommandEntry,
} from '../../commands/registry.ts';
import { isOutOfMemory } from '../../memory/out-of-memory.ts';
import type { Args } from '../../protocol/args.ts';
import { ReplyTooLong } from '../../protocol/reply.ts';
import {
  CLIENT_CLOSE_AFTER_REPLY,
  CLIENT_INTERNAL,
  CLIENT_MULTI,
  CLIENT_NO_TOUCH,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
  CLIENT_REPLY_SKIP_NEXT,
  type Client,
} from '../clients/client.ts';
import { SHARED_BYTES_MAX } from '../observe/command-clock.ts';
import type { Server } from '../server.ts';

/** Longest part of a client's words that an error repeats. */
const QUOTED_MAX = 128;
/** The reply of a command for which the system has no memory; its code is that of commands refused by `maxmemory`. */
const OUT_OF_MEMORY = 'OOM the server has not enough memory to run this command';

/** Runs the request that the parser has just completed. */
export function processCommand(server: Server, c: Client): void {
  c.args = c.parser.args;
  if (server.filters !== null) server.filters(c);
  runCommand(server, c);
}

/** Runs a request that was parsed ahead and whose command has been looked up. */
export function processReadAhead(server: Server, c: Client, args: Args, cmd: CommandEntry | null): void {
  c.args = args;
  if (server.filters === null) return runResolved(server, c, cmd);
  server.filters(c);
  runCommand(server, c);
}

/** Runs `c.args`: replies in `c.out`, statistics in the command and the server. */
export function runCommand(server: Server, c: Client): void {
  runResolved(server, c, server.commands.resolve(c.args));
}

function runResolved(server: Server, c: Client, cmd: CommandEntry | null): void {
  const { args, out } = c;
  out.resp = c.resp;
  const from = out.pos;
  if (cmd === null || cmd.proc === null || (cmd.subcommands !== null && args.argc > 1)) {
    rejectUnknown(c, cmd);
  } else if (!fitsArity(cmd, args.argc)) {
    reject(c, cmd, arityError(cmd));
  } else {
    c.lastCommand = cmd;
    const { flags } = cmd;
    if (flags & CMD_PROTECTED && !server.allowsProtected(c, cmd)) {
      reject(c, cmd, protectedError(cmd));
    } else if (!c.authenticated && server.authRequired && !(flags & CMD_NO_AUTH)) {
      reject(c, cmd, 'NOAUTH Authentication required.');
    } else if (c.flags & CLIENT_MULTI && flags & CMD_NO_MULTI) {
      reject(c, cmd, 'ERR Command not allowed inside a transaction');
    } else if (server.pausedUntilMs !== 0 && server.postpone(c, cmd)) {
      return;
    } else call(server, c, cmd);
  }
  // A command that waits has no reply yet: see BlockedClients.
  if (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP | CLIENT_REPLY_SKIP_NEXT) && c.blocked === null) {
    applyReplyMode(c, from);
  }
}

/** Runs a resolved and permitted command. */
export function call(server: Server, c: Client, cmd: CommandEntry): void {
  const { stats, clock } = server;
  const writer = c.out;
  const errorsBefore = writer.errorCount;
  const { units, changes, propagation } = server;
  const outer = server.executing;
  const outerCommand = c.command;
  let shared = outer === null && clock.mayShare(cmd, c.args);
  let startUs = 0;
  const writtenBefore = writer.pos;
  const releasedBefore = server.keyspace.releasedValues;
  if (shared) clock.share(cmd);
  else startUs = writer === server.out ? clock.start() : clock.now();
  const dirtyBefore = changes.dirty;
  server.executing = c;
  c.command = cmd;
  units.depth++;
  const noTouch = (c.flags & CLIENT_NO_TOUCH) !== 0 && outer === null && cmd.fullName !== 'touch';
  if (noTouch) server.keyspace.noTouch = true;
  try {
    cmd.proc!(c);
  } catch (error) {
    answerFailure(c, error, writtenBefore);
  } finally {
    if (noTouch) server.keyspace.noTouch = false;
    c.command = outerCommand;
    server.executing = outer;
    units.depth--;
  }
  if (shared && (writer.pos - writtenBefore > SHARED_BYTES_MAX || server.keyspace.releasedValues !== releasedBefore)) {
    shared = false;
    startUs = clock.unshareLast();
  }
  c.commandsProcessed++;
  stats.commandsProcessed++;
  cmd.calls++;
  if (writer.errorCount !== errorsBefore) cmd.failedCalls++;
  if (!shared) measured(server, c, cmd, startUs, outer === null);
  if (server.monitors.active && !(cmd.flags & (CMD_SKIP_MONITOR | CMD_ADMIN))) server.monitors.feed(c);
  if (c.redactions !== null && c.blocked === null) c.redactions = null;
  if (propagation.wanted) propagation.commandDone(c, cmd, changes.dirty !== dirtyBefore, units.depth === 0);
  if (units.work && units.depth === 0) units.end();
}

/**
 * A command has thrown: answers what can be answered in place of what it wrote. Anything but a want of memory is a
 * defect, and not this command's business.
 */
export function answerFailure(c: Client, error: unknown, from: number): void {
  if (error instanceof ReplyTooLong) {
    // What the command did is done, but cannot be told.
    c.out.pos = from;
    c.out.error('ERR reply exceeds the longest that this server can send');
    c.flags |= CLIENT_CLOSE_AFTER_REPLY;
  } else if (isOutOfMemory(error)) {
    c.out.pos = from;
    c.out.error(OUT_OF_MEMORY);
    c.server.log.warning(`Out of memory running '${c.command?.fullName}': ${(error as Error).message}`);
  } else throw error;
}

/** Ends the measurement of a command by itself. */
function measured(server: Server, c: Client, cmd: CommandEntry, startUs: number, outermost: boolean): void {
  const endUs = server.clock.end(cmd, startUs);
  if (outermost) server.refreshTime(endUs);
  const durationUs = endUs - startUs;
  if (durationUs >= server.slowThresholdUs && c.blocked === null) noteSlow(server, c, cmd, durationUs);
}

/** `slowThresholdUs` is the lower of what SLOWLOG and the latency monitor ask for. */
function noteSlow(server: Server, c: Client, cmd: CommandEntry, durationUs: number): void {
  if (!(cmd.flags & CMD_SKIP_SLOWLOG)) server.slowlog.add(c, durationUs);
  server.latency.addIfNeeded(cmd.spec.flags.includes('fast') ? 'fast-command' : 'command', durationUs / 1000);
}

function reject(c: Client, cmd: CommandEntry | null, error: string): void {
  if (cmd !== null) cmd.rejectedCalls++;
  c.server.commandRejected(c);
  c.out.error(error);
}

function rejectUnknown(c: Client, cmd: CommandEntry | null): void {
  if (cmd !== null && c.args.argc === 1) reject(c, cmd, arityError(cmd));
  else reject(c, null, unknownCommandError(c.args, cmd));
}

/** Whether the number of arguments is one that the command takes. */
export function fitsArity(cmd: CommandEntry, argc: number): boolean {
  return cmd.arity > 0 ? argc === cmd.arity : argc >= -cmd.arity;
}

export function arityError(cmd: CommandEntry): string {
  return `ERR wrong number of arguments for '${cmd.fullName}' command`;
}

/** The error of a command line that no command has; `container` is the command whose subcommand is unknown, or null. */
export function unknownCommandError(args: Args, container: CommandEntry | null): string {
  if (container !== null) {
    return `ERR unknown subcommand '${quoted(args, 1, QUOTED_MAX)}'. Try ${container.fullName.toUpperCase()} HELP.`;
  }
  let list = '';
  for (let i = 1; i < args.argc && list.length < QUOTED_MAX; i++) {
    list += `'${quoted(args, i, QUOTED_MAX - list.length)}' `;
  }
  return `ERR unknown command '${quoted(args, 0, QUOTED_MAX)}', with args beginning with: ${list}`;
}

/** An argument as C's `%.*s` prints it: up to the first NUL. */
function quoted(args: Args, i: number, max: number): string {
  const text = args.latin1(i, max);
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

function protectedError(cmd: CommandEntry): string {
  const name = cmd.parent?.fullName ?? cmd.fullName;
  return (
    `ERR ${name.toUpperCase()} command not allowed. If the enable-${name}-command option is set to "local", you can ` +
    `run it from a local connection, otherwise you need to set this option in the configuration file, and then ` +
    `restart the server.`
  );
}

/** CLIENT REPLY OFF and SKIP: what the command wrote is taken back. */
function applyReplyMode(c: Client, from: number): void {
  if (c.flags & CLIENT_INTERNAL) return;
  if (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) c.out.pos = from;
  c.flags &= ~CLIENT_REPLY_SKIP;
  if (c.flags & CLIENT_REPLY_SKIP_NEXT) {
    c.flags &= ~CLIENT_REPLY_SKIP_NEXT;
    c.flags |= CLIENT_REPLY_SKIP;
  }
}

/** Whether a pause of the given kind holds this command up. */
export function pauseApplies(cmd: CommandEntry, writesOnly: boolean): boolean {
  return !writesOnly || (cmd.flags & (CMD_WRITE | CMD_MAY_REPLICATE)) !== 0;
}
