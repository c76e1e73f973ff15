/** Strings and bytes that modules are given: freed by RedisModule_Free, ended by a NUL, here and in redis-server. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECTIONS } from '../../src/module/api/index.ts';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, startGraftis, type TestServer, temporaryFolder } from '../support/server.ts';

const module = compilerAvailable()
  ? compileModule(join(repositoryRoot, 'test', 'modules', 'given.c'), temporaryFolder())
  : '';

if (module !== '') {
  differential(
    'what modules do with strings',
    [
      group(
        'RedisModule_Free of strings',
        `g.free text
         g.free text
         g.keep one
         g.keep two
         g.drop
         g.keep three
         g.drop
         g.drop
         g.drop
         g.free text
         PING`,
      ),
      group(
        'texts of replies',
        `g.tail
         g.pass
         g.pass
         g.sizes
         g.user default
         g.user nobody`,
      ),
    ],
    { directives: { loadmodule: module } },
  );
}

describe.skipIf(module === '')('bytes that modules are given', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startGraftis({ loadmodule: module });
  });
  afterAll(() => server.stop());

  test('are followed by a NUL, whatever function gives them', async () => {
    expect(await server.call('g.ends', 'key')).toEqual([]);
    expect(await server.call('g.ends', 'key')).toEqual([]);
  });

  test('strings that RedisModule_Free took are gone without a trace', async () => {
    const client = await server.connect();
    for (let i = 0; i < 2000; i++) await client.call('g.free', `text ${i}`);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 60; i++) await client.call('g.keep', `kept ${i}`);
      for (let i = 59; i >= 0; i--) expect(await client.call('g.drop')).toBe(`kept ${i}`);
    }
    client.destroy();
    expect(server.log).not.toMatch(/misuse|Internal error/);
  });
});

/**
 * Functions that modules need together: one that has the first and lacks the others makes modules refuse to load, or
 * call what is not there.
 */
const GROUPS: readonly (readonly string[])[] = [
  ['SetCommandACLCategories', 'AddACLCategory'],
  ['GetModuleUserFromUserName', 'FreeModuleUser', 'ACLCheckKeyPermissions', 'ACLCheckCommandPermissions'],
  ['ACLCheckChannelPermissions', 'ACLCheckKeyPermissions'],
  ['CreateModuleUser', 'SetModuleUserACL', 'AuthenticateClientWithUser'],
  ['OpenKey', 'CloseKey'],
  ['Call', 'FreeCallReply', 'CallReplyType'],
  ['CreateDict', 'FreeDict', 'MallocSizeDict', 'DictIteratorStartC', 'DictIteratorStop'],
  ['MallocSize', 'MallocUsableSize', 'MallocSizeString', 'MallocSizeDict'],
  ['BlockClient', 'UnblockClient', 'AbortBlock'],
  ['BlockClientOnKeys', 'BlockClientOnKeysWithFlags', 'SignalKeyAsReady', 'GetBlockedClientReadyKey'],
  ['GetThreadSafeContext', 'FreeThreadSafeContext', 'ThreadSafeContextLock', 'ThreadSafeContextUnlock'],
  ['CreateTimer', 'StopTimer', 'GetTimerInfo'],
  ['GetServerInfo', 'FreeServerInfo', 'ServerInfoGetField'],
  ['RegisterStringConfig', 'RegisterNumericConfig', 'RegisterBoolConfig', 'RegisterEnumConfig', 'LoadConfigs'],
  ['ExportSharedAPI', 'GetSharedAPI'],
  ['ScanCursorCreate', 'ScanCursorRestart', 'ScanCursorDestroy', 'Scan', 'ScanKey'],
  ['RegisterCommandFilter', 'UnregisterCommandFilter', 'CommandFilterArgsCount', 'CommandFilterArgGet'],
  ['EventLoopAdd', 'EventLoopDel'],
  ['Fork', 'ExitFromChild', 'KillForkChild', 'SendChildHeartbeat'],
  ['StreamIteratorStart', 'StreamIteratorStop', 'StreamIteratorNextID', 'StreamIteratorNextField'],
  ['SaveUnsigned', 'LoadUnsigned', 'SaveStringBuffer', 'LoadStringBuffer', 'SaveDouble', 'LoadDouble'],
  ['DefragAlloc', 'DefragCursorSet', 'DefragCursorGet', 'DefragShouldStop'],
  ['RdbStreamCreateFromFile', 'RdbStreamFree', 'RdbLoad', 'RdbSave'],
  ['HashSet', 'HashGet'],
  ['ZsetAdd', 'ZsetIncrby', 'ZsetScore', 'ZsetRem'],
  ['ListPush', 'ListPop'],
  ['StringDMA', 'StringTruncate', 'StringSet'],
  ['SubscribeToKeyspaceEvents', 'NotifyKeyspaceEvent', 'GetNotifyKeyspaceEvents'],
  ['SubscribeToServerEvent', 'IsSubEventSupported'],
  ['SendClusterMessage', 'RegisterClusterMessageReceiver', 'GetClusterNodesList', 'FreeClusterNodesList'],
];

test.each(GROUPS.map((names) => ({ first: names[0], names })))('$first and what belongs to it', ({ names }) => {
  const known = new Set(SECTIONS.flatMap(({ rows }) => rows.map((row) => row.name)));
  const there = names.filter((name) => known.has(name));
  expect([0, names.length], `only ${there.join(', ')}`).toContain(there.length);
});
