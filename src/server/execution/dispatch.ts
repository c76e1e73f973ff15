/**
 * Running one command: look-up, judgement (refusals.ts), execution, statistics, what follows (execution-units.ts).
 *
 * Durations: a clock read costs about a twentieth of a short command, so consecutive commands share one: the end of a
 * command is the start of the next in the same pipeline.
 */
import { CMD_ADMIN, CMD_SKIP_MONITOR, CMD_SKIP_SLOWLOG, type CommandEntry } from '../../commands/registry.ts';
import { isOutOfMemory } from '../../memory/out-of-memory.ts';
import type { Args } from '../../protocol/args.ts';
import { ReplyTooLong } from '../../protocol/reply.ts';
import {
  CLIENT_CLOSE_AFTER_REPLY,
  CLIENT_CLOSE_ASAP,
  CLIENT_DIRTY_EXEC,
  CLIENT_INTERNAL,
  CLIENT_MULTI,
  CLIENT_NO_TOUCH,
  CLIENT_PUSHES,
  CLIENT_REPLY_MUTED,
  CLIENT_REPLY_OFF,
  CLIENT_REPLY_SKIP,
  CLIENT_REPLY_SKIP_NEXT,
  CLIENT_TRACKING_CACHING,
  type Client,
} from '../clients/client.ts';
import { SHARED_BYTES_MAX } from '../observe/command-clock.ts';
import type { Server } from '../server.ts';
import { COND_CLIENTS_FULL, COND_TRACKING_FULL } from './conditions.ts';
import { UNITS_PROPAGATE, UNITS_TRACKING, UNITS_WORK } from './execution-units.ts';
import { BY_CLIENT, isUsual, type Refusal, refusal } from './refusals.ts';

/** The reply of a command for which the system has no memory; its code is that of commands refused by `maxmemory`. */
const OUT_OF_MEMORY = 'OOM the server has not enough memory to run this command';

/** The client itself was closed to make room: nothing is run, and nothing answered. */
const EVICTED: Refusal = { reason: 'memory', error: '' };

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
  const { out } = c;
  out.resp = c.resp;
  const from = out.pos;
  const refused = cmd !== null && isUsual(server, c, cmd) ? null : judged(server, c, cmd);
  if (refused === EVICTED) return;
  if (refused !== null) reject(c, cmd, refused);
  else {
    c.lastCommand = cmd;
    if (server.pause.untilMs !== 0 && server.pause.holds(c, cmd!)) return;
    if ((c.flags & CLIENT_MULTI) === 0 || !server.transactions.queue(c, cmd!)) call(server, c, cmd!);
  }
  // A command that waits has no reply yet: see BlockedClients.
  const special =
    CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP | CLIENT_REPLY_SKIP_NEXT | CLIENT_PUSHES | CLIENT_TRACKING_CACHING;
  if (c.flags & special) finishReply(c, cmd, from);
}

/** Makes room that is overdue, and judges the command. */
function judged(server: Server, c: Client, cmd: CommandEntry | null): Refusal | null {
  const { mask } = server.conditions;
  if (mask & COND_TRACKING_FULL) server.tracking.evict();
  if (mask & COND_CLIENTS_FULL) {
    server.clientEviction.evict();
    if (c.flags & CLIENT_CLOSE_ASAP) return EVICTED;
  }
  return refusal(server, c, cmd, BY_CLIENT);
}

/** Runs a resolved and permitted command. */
export function call(server: Server, c: Client, cmd: CommandEntry): void {
  const { stats, clock } = server;
  const writer = c.out;
  const errorsBefore = writer.errorCount;
  const { units } = server;
  const unitsBefore = units.state;
  const outer = server.executing;
  const outerCommand = c.command;
  let shared = outer === null && clock.mayShare(cmd, c.args);
  let startUs = 0;
  const writtenBefore = writer.pos;
  const releasedBefore = server.keyspace.releasedValues;
  if (shared) clock.share(cmd);
  else startUs = writer === server.out ? clock.start() : clock.now();
  const dirtyBefore = unitsBefore !== 0 ? server.changes.dirty : 0;
  server.executing = c;
  c.command = cmd;
  units.depth++;
  // Of a transaction each command counts by itself.
  const noTouch = (c.flags & CLIENT_NO_TOUCH) !== 0 && (outer === null || outer === c);
  const noTouchBefore = server.keyspace.noTouch;
  if (noTouch) server.keyspace.noTouch = cmd.fullName !== 'touch';
  try {
    cmd.proc!(c);
  } catch (error) {
    answerFailure(c, error, writtenBefore);
  } finally {
    if (noTouch) server.keyspace.noTouch = noTouchBefore;
    c.command = outerCommand;
    server.executing = outer;
    units.depth--;
  }
  const long = writer.pos - writtenBefore > SHARED_BYTES_MAX || server.keyspace.releasedValues !== releasedBefore;
  if (shared && (long || c.blocked !== null)) {
    shared = false;
    startUs = clock.unshareLast();
  }
  if (c.blocked !== null) server.blocked.leaveUncounted(c, cmd, startUs);
  else {
    c.commandsProcessed++;
    stats.commandsProcessed++;
    cmd.calls++;
    if (writer.errorCount !== errorsBefore) {
      cmd.failedCalls++;
      // A transaction has not failed because one of its commands has.
      if (outer === c) writer.errorCount = errorsBefore;
    }
    if (!shared) measured(server, c, cmd, startUs, outer === null);
  }
  if (server.monitors.active && !(cmd.flags & (CMD_SKIP_MONITOR | CMD_ADMIN))) server.monitors.feed(c);
  if (c.redactions !== null && c.blocked === null) c.redactions = null;
  if ((unitsBefore | units.state) !== 0) afterCommand(server, c, cmd, unitsBefore, dirtyBefore);
}

/** What follows a command when somebody repeats commands, waits for what it did, or tracks what it reads. */
function afterCommand(server: Server, c: Client, cmd: CommandEntry, unitsBefore: number, dirtyBefore: number): void {
  const { units, propagation, changes } = server;
  // Who has begun to listen during the command does not know what was there before it.
  if (unitsBefore & units.state & UNITS_PROPAGATE) {
    propagation.commandDone(c, cmd, changes.dirty !== dirtyBefore, units.depth === 0);
  }
  if (units.state & UNITS_TRACKING) server.tracking.remember(c, cmd);
  if (units.state & UNITS_WORK && units.depth === 0) units.end();
}

/**
 * A command has thrown: answers what can be answered in place of what it wrote. Anything but a want of memory is a
 * defect, and not this command's business.
 */
export function answerFailure(c: Client, error: unknown, from: number): void {
  if (error instanceof ReplyTooLong) {
    // What the command did is done, but cannot be told.
    c.out.pos = from;
    if (c.server.output.limits.forbidLongest(c)) return;
    c.out.error('ERR reply exceeds the longest that this server can send');
    c.flags |= CLIENT_CLOSE_AFTER_REPLY;
  } else if (isOutOfMemory(error)) {
    c.out.pos = from;
    c.out.error(OUT_OF_MEMORY);
    c.server.log.warning(`Out of memory in '${c.lastCommand?.fullName}': ${(error as Error).message}`);
  } else throw error;
}

/** Ends the measurement of a command by itself. */
function measured(server: Server, c: Client, cmd: CommandEntry, startUs: number, outermost: boolean): void {
  const endUs = server.clock.end(cmd, startUs);
  if (outermost) server.refreshTime(endUs);
  const durationUs = endUs - startUs;
  if (durationUs >= server.settings.slowThresholdUs) noteSlow(server, c, cmd, durationUs);
}

/** `slowThresholdUs` is the lower of what SLOWLOG and the latency monitor ask for. */
function noteSlow(server: Server, c: Client, cmd: CommandEntry, durationUs: number): void {
  if (!(cmd.flags & CMD_SKIP_SLOWLOG)) server.slowlog.add(c, durationUs);
  server.latency.addIfNeeded(cmd.spec.flags.includes('fast') ? 'fast-command' : 'command', durationUs / 1000);
}

/** The command is not run; a transaction that it was meant for must not be either. */
function reject(c: Client, cmd: CommandEntry | null, { reason, error }: Refusal): void {
  if (reason === 'unknown' && c.conn !== null && isForeignProtocol(c.args)) {
    return c.server.connections.foreignProtocol(c);
  }
  if (cmd !== null && reason !== 'unknown') {
    cmd.rejectedCalls++;
    if (reason !== 'arity') c.lastCommand = cmd;
  }
  if (c.flags & CLIENT_MULTI) c.flags |= CLIENT_DIRTY_EXEC;
  if (cmd?.fullName === 'exec') c.server.transactions.abort(c, error);
  else c.out.error(error);
}

/** Whether the line is HTTP's: `POST / HTTP/1.1` or `Host: name`. */
function isForeignProtocol(args: Args): boolean {
  return args.len[0]! <= 5 && /^(post|host:)$/i.test(args.latin1(0));
}

/** The reply that starts at `from` is complete: takes back what the client does not want, adds messages that came. */
function finishReply(c: Client, cmd: CommandEntry | null, from: number): void {
  if (c.blocked === null) {
    applyReplyMode(c, from);
    // CLIENT CACHING is for one command or transaction.
    if ((c.flags & CLIENT_MULTI) === 0 && cmd?.parent?.spec.name !== 'client') c.flags &= ~CLIENT_TRACKING_CACHING;
  }
  if (c.flags & CLIENT_PUSHES) c.out.raw(c.takePushes());
}

/** CLIENT REPLY OFF and SKIP: what the command wrote is taken back. */
function applyReplyMode(c: Client, from: number): void {
  if (c.flags & CLIENT_INTERNAL) return;
  if (c.flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP) && (c.flags & CLIENT_REPLY_MUTED) === 0) c.out.pos = from;
  c.flags &= ~(CLIENT_REPLY_SKIP | CLIENT_REPLY_MUTED);
  if (c.flags & CLIENT_REPLY_SKIP_NEXT) {
    c.flags &= ~CLIENT_REPLY_SKIP_NEXT;
    c.flags |= CLIENT_REPLY_SKIP;
  }
}
