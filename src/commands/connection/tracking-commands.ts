/** CLIENT TRACKING, CACHING, GETREDIR and TRACKINGINFO: client-side caching. */
import {
  CLIENT_TRACKING_CACHING,
  type CommandClient,
  TRACKING_BCAST,
  TRACKING_BROKEN_REDIRECT,
  TRACKING_NOLOOP,
  TRACKING_ON,
  TRACKING_OPTIN,
  TRACKING_OPTOUT,
} from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { integerOrReply } from '../parse.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';
import { textUntilNul } from './client-name.ts';

const OPTIONS: Readonly<Record<string, number>> = {
  bcast: TRACKING_BCAST,
  optin: TRACKING_OPTIN,
  optout: TRACKING_OPTOUT,
  noloop: TRACKING_NOLOOP,
};

/** What CLIENT TRACKING is given. */
interface TrackingRequest {
  /** TRACKING_ bits. */
  options: number;
  /** 0: none. */
  redirect: number;
  readonly prefixes: string[];
}

/** The arguments from 3 on; null after an error reply. */
function requestOrReply(c: CommandClient): TrackingRequest | null {
  const { args, out } = c;
  const request: TrackingRequest = { options: 0, redirect: 0, prefixes: [] };
  for (let i = 3; i < args.argc; i++) {
    const more = i + 1 < args.argc;
    const option = args.latin1(i).toLowerCase();
    if (option === 'redirect' && more) {
      if (!redirectOrReply(c, ++i, request)) return null;
    } else if (option === 'prefix' && more) request.prefixes.push(args.latin1(++i));
    else if (Object.hasOwn(OPTIONS, option)) request.options |= OPTIONS[option]!;
    else {
      out.error(SYNTAX_ERROR);
      return null;
    }
  }
  return request;
}

/** Argument i as the id of a client that is there; false after an error reply. */
function redirectOrReply(c: CommandClient, i: number, request: TrackingRequest): boolean {
  const fail = (error: string): boolean => {
    c.out.error(error);
    return false;
  };
  if (request.redirect !== 0) return fail('ERR A client can only redirect to a single other client');
  const id = integerOrReply(c, i);
  if (Number.isNaN(id)) return false;
  if (!c.server.connections.clients.has(id)) return fail('ERR The client ID you want redirect to does not exist');
  request.redirect = id;
  return true;
}

const OTHER_MODE = 'before disabling tracking for this client, and then re-enabling it with a different mode.';

/** What is wrong with the request, as such or in the state of the client; null when nothing is. */
function fault(c: CommandClient, { options, prefixes }: TrackingRequest): string | null {
  const now = c.tracking?.options ?? 0;
  const bcast = (options & TRACKING_BCAST) !== 0;
  const both = TRACKING_OPTIN | TRACKING_OPTOUT;
  if (!bcast && prefixes.length > 0) return 'ERR PREFIX option requires BCAST mode to be enabled';
  if (now & TRACKING_ON && (now & TRACKING_BCAST) !== (options & TRACKING_BCAST)) {
    return `ERR You can't switch BCAST mode on/off ${OTHER_MODE}`;
  }
  if (bcast && options & both) return 'ERR OPTIN and OPTOUT are not compatible with BCAST';
  if ((options & both) === both) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  if ((options & TRACKING_OPTIN && now & TRACKING_OPTOUT) || (options & TRACKING_OPTOUT && now & TRACKING_OPTIN)) {
    return `ERR You can't switch OPTIN/OPTOUT mode ${OTHER_MODE}`;
  }
  return bcast ? collision(c, prefixes) : null;
}

/** Two prefixes of which one begins with the other would tell of some keys twice. */
function collision(c: CommandClient, prefixes: readonly string[]): string | null {
  const existing = c.tracking?.sortedPrefixes ?? [];
  const overlap = (a: string, b: string) => a.startsWith(b) || b.startsWith(a);
  const error = (given: string, which: string, other: string): string =>
    `ERR Prefix '${textUntilNul(given)}' overlaps with ${which} prefix '${textUntilNul(other)}'. ` +
    'Prefixes for a single client must not overlap.';
  for (const [i, prefix] of prefixes.entries()) {
    const old = existing.find((other) => overlap(prefix, other));
    if (old !== undefined) return error(prefix, 'an existing', old);
    const twin = prefixes.slice(i + 1).find((other) => overlap(prefix, other));
    if (twin !== undefined) return error(prefix, 'another provided', twin);
  }
  return null;
}

function tracking(c: CommandClient): void {
  const { args, out } = c;
  const request = requestOrReply(c);
  if (request === null) return;
  if (args.is(2, 'on')) {
    const error = fault(c, request);
    if (error !== null) return out.error(error);
    c.enableTracking(request.options, request.redirect, request.prefixes);
  } else if (args.is(2, 'off')) c.disableTracking();
  else return out.error(SYNTAX_ERROR);
  out.ok();
}

function caching(c: CommandClient): void {
  const { args, out } = c;
  const options = c.tracking?.options ?? 0;
  if ((options & TRACKING_ON) === 0) {
    const modes = 'the client is in tracking mode with OPTIN or OPTOUT mode enabled';
    return out.error(`ERR CLIENT CACHING can be called only when ${modes}`);
  }
  const yes = args.is(2, 'yes');
  if (!yes && !args.is(2, 'no')) return out.error(SYNTAX_ERROR);
  if ((options & (yes ? TRACKING_OPTIN : TRACKING_OPTOUT)) === 0) {
    const [word, mode] = yes ? ['YES', 'OPTIN'] : ['NO', 'OPTOUT'];
    return out.error(`ERR CLIENT CACHING ${word} is only valid when tracking is enabled in ${mode} mode.`);
  }
  c.flags |= CLIENT_TRACKING_CACHING;
  out.ok();
}

/** Id of the client that messages are redirected to; 0: none, -1: there are no messages. */
function redirectOf(c: CommandClient): number {
  return c.tracking !== null && c.tracking.options & TRACKING_ON ? c.tracking.redirect : -1;
}

/** The words of TRACKINGINFO for the options. */
function optionNames(c: CommandClient): string[] {
  const options = c.tracking?.options ?? 0;
  const caching = (c.flags & CLIENT_TRACKING_CACHING) !== 0;
  const names = [options & TRACKING_ON ? 'on' : 'off'];
  if (options & TRACKING_BCAST) names.push('bcast');
  if (options & TRACKING_OPTIN) names.push('optin', ...(caching ? ['caching-yes'] : []));
  if (options & TRACKING_OPTOUT) names.push('optout', ...(caching ? ['caching-no'] : []));
  if (options & TRACKING_NOLOOP) names.push('noloop');
  if (options & TRACKING_BROKEN_REDIRECT) names.push('broken_redirect');
  return names;
}

function trackingInfo(c: CommandClient): void {
  const { out } = c;
  const names = optionNames(c);
  const prefixes = c.tracking?.sortedPrefixes ?? [];
  out.map(3);
  out.bulkText('flags');
  out.set(names.length);
  for (const name of names) out.bulkText(name);
  out.bulkText('redirect');
  out.integer(redirectOf(c));
  out.bulkText('prefixes');
  out.array(prefixes.length);
  for (const prefix of prefixes) out.bulkText(prefix);
}

const flags: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'sentinel'];
const categories = ['connection'];

export const trackingCommands: readonly CommandSpec[] = [
  { name: 'tracking', arity: -3, flags, categories, proc: tracking },
  { name: 'caching', arity: 3, flags, categories, proc: caching },
  { name: 'getredir', arity: 2, flags, categories, proc: (c) => c.out.integer(redirectOf(c)) },
  { name: 'trackinginfo', arity: 2, flags, categories, proc: trackingInfo },
];
