/** The judge of commands: each condition, each caller, and which of two faults is named. */
import { afterEach, expect, test } from 'vitest';
import { Config } from '../../config/config.ts';
import { Args } from '../../protocol/args.ts';
import { CLIENT_INTERNAL, CLIENT_MULTI, CLIENT_PUBSUB, type Client } from '../clients/client.ts';
import { createEmbeddedLogger } from '../process/logger.ts';
import { Server } from '../server.ts';
import {
  COND_BUSY,
  COND_DISK_ERROR,
  COND_FEW_REPLICAS,
  COND_LOADING,
  COND_READONLY_REPLICA,
  COND_STALE,
} from './conditions.ts';
import { BY_CLIENT, BY_TRANSACTION, type Caller, refusal } from './refusals.ts';

let server: Server;
afterEach(() => server.close());

/** Says how a command line is refused: `reason: error`, null when it is not. */
function setUp() {
  const config = new Config();
  server = new Server(config, createEmbeddedLogger(config), { embedded: true });
  const c: Client = server.createInternalClient();
  const judge = (line: string, caller: Caller = BY_CLIENT): string | null => {
    c.args = Args.from(line.split(' '));
    const found = refusal(server, c, server.commands.resolve(c.args), caller);
    return found === null ? null : `${found.reason}: ${found.error.split(' ').slice(0, 3).join(' ')}`;
  };
  return { c, judge, conditions: server.conditions };
}

const SCRIPT: Caller = {
  kind: 'script',
  checkedBefore: false,
  scriptMode: true,
  noWrites: true,
  respectDenyOom: true,
  checkAcl: true,
  user: 'of client',
};
const MODULE: Caller = {
  ...SCRIPT,
  kind: 'module',
  scriptMode: false,
  noWrites: false,
  respectDenyOom: false,
  user: null,
};

test('the command line itself comes first', () => {
  const { c, judge, conditions } = setUp();
  conditions.set(COND_LOADING | COND_READONLY_REPLICA, true);
  server.settings.authRequired = true;
  c.authenticated = false;
  expect(judge('NOSUCH a')).toBe('unknown: ERR unknown command');
  expect(judge('CONFIG NOSUCH')).toBe('unknown: ERR unknown subcommand');
  expect(judge('CONFIG')).toBe('arity: ERR wrong number');
  expect(judge('SET k')).toBe('arity: ERR wrong number');
  expect(judge('SET k v')).toBe('unauthenticated: NOAUTH Authentication required.');
  expect(judge('AUTH x')).toBeNull();
});

test('conditions refuse what they are about, and nothing else', () => {
  const { judge, conditions } = setUp();
  const under = (condition: number, ...lines: string[]) => {
    conditions.set(condition, true);
    const found = lines.map((line) => judge(line)?.split(' ')[1] ?? null);
    conditions.set(condition, false);
    return found;
  };
  expect(under(COND_LOADING, 'GET k', 'SET k v', 'INFO', 'QUIT')).toEqual(['LOADING', 'LOADING', null, null]);
  expect(under(COND_BUSY, 'GET k', 'PING', 'QUIT')).toEqual(['BUSY', 'BUSY', null]);
  expect(under(COND_STALE, 'GET k', 'SET k v', 'INFO')).toEqual(['MASTERDOWN', 'MASTERDOWN', null]);
  expect(under(COND_READONLY_REPLICA, 'GET k', 'SET k v', 'PING')).toEqual([null, 'READONLY', null]);
  expect(under(COND_DISK_ERROR, 'GET k', 'SET k v', 'PING')).toEqual([null, 'MISCONF', 'MISCONF']);
  expect(under(COND_FEW_REPLICAS, 'GET k', 'DEL k', 'PING')).toEqual([null, 'NOREPLICAS', null]);
  expect([judge('SET k v'), conditions.mask]).toEqual([null, 0]);
});

test('memory is asked for only by what needs it', () => {
  const { c, judge } = setUp();
  expect(server.config.set([['maxmemory', '1']])).not.toBeTypeOf('string');
  expect([judge('SET k v'), judge('GET k'), judge('DEL k')]).toEqual(['memory: OOM command not', null, null]);
  c.flags |= CLIENT_MULTI;
  expect([judge('GET k'), judge('QUIT')]).toEqual(['memory: OOM command not', null]);
  expect(judge('SET k v', MODULE)).toBe('nouser: ERR cannot run');
  expect(judge('SET k v', { ...MODULE, checkAcl: false })).toBeNull();
  expect(judge('SET k v', { ...MODULE, respectDenyOom: true })).toBe('memory: OOM command not');
});

test('subscribers, transactions, scripts', () => {
  const { c, judge, conditions } = setUp();
  c.flags = CLIENT_INTERNAL | CLIENT_PUBSUB;
  expect([judge('GET k'), judge('PING')]).toEqual(["pubsub: ERR Can't execute", null]);
  c.resp = 3;
  expect(judge('GET k')).toBeNull();
  c.flags = CLIENT_INTERNAL | CLIENT_MULTI;
  expect(judge('SHUTDOWN')).toBe('transaction: ERR Command not');
  c.flags = CLIENT_INTERNAL;
  conditions.set(COND_LOADING, true);
  expect([judge('GET k', BY_TRANSACTION), judge('GET k')]).toEqual([null, 'loading: LOADING Redis is']);
  conditions.set(COND_LOADING, false);
  expect(judge('SHUTDOWN', SCRIPT)).toBe('noscript: ERR This Redis');
  expect(judge('SHUTDOWN', { ...SCRIPT, kind: 'module' })).toBe("noscript: ERR command 'shutdown'");
  expect(judge('SET k v', SCRIPT)).toBe('write: ERR Write commands');
  expect(judge('SET k v', { ...SCRIPT, noWrites: false })).toBeNull();
});

test('the user is the client, or who the caller says', () => {
  const { c, judge } = setUp();
  const { acl } = server;
  expect(acl.setUser('reader', ['on', '~*', '+get'])).toBeNull();
  const reader = acl.users.get('reader')!;
  const no = 'acl: NOPERM User reader';
  expect([judge('SET k v'), judge('SET k v', { ...MODULE, user: reader })]).toEqual([null, no]);
  c.aclUser = reader;
  const changed = 'acl: NOPERM ACLs rules';
  expect([judge('GET k'), judge('SET k v'), judge('SET k v', BY_TRANSACTION)]).toEqual([null, no, changed]);
  expect(judge('SET k v', { ...MODULE, user: acl.users.default })).toBeNull();
  expect(judge('SET k v', { ...MODULE, checkAcl: false })).toBeNull();
  expect(acl.log.entries.map(({ context, object, count }) => `${context} ${object} ${count}`)).toEqual([
    'toplevel set 2',
    'module SET 1',
  ]);
});
