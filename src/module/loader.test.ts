import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { compilerAvailable } from '../../test/support/availability.ts';
import { FakeEnv } from '../../test/support/module-env.ts';
import { compileSource } from '../../test/support/modules.ts';
import { moduleStrings } from './abi/string-handles.ts';
import { ModuleHost } from './host.ts';

const hosts: ModuleHost[] = [];

function start(): { env: FakeEnv; host: ModuleHost } {
  const env = new FakeEnv();
  const host = new ModuleHost(env);
  hosts.push(host);
  return { env, host };
}

afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

/** A module with this body of OnLoad after RedisModule_Init. */
function withOnLoad(name: string, body: string, before = ''): string {
  return compileSource(
    name,
    `#include "redismodule.h"
     #include <string.h>
     ${before}
     int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
       (void)argv; (void)argc;
       if (RedisModule_Init(ctx, "${name}", 3, 1) == REDISMODULE_ERR) return REDISMODULE_ERR;
       ${body}
       return REDISMODULE_OK;
     }`,
  );
}

/** A command that replies OK. */
const OK_COMMAND =
  'static int ok(RedisModuleCtx *c, RedisModuleString **v, int n) { (void)v; (void)n; return RedisModule_ReplyWithSimpleString(c, "OK"); }';

describe.skipIf(!compilerAvailable())('what a module registers', () => {
  it('names of modules are compared without case', () => {
    const lower = withOnLoad('names', '');
    const upper = withOnLoad('NAMES', '');
    const { env, host } = start();
    expect(host.load(lower)).toBe(true);
    expect(host.load(upper)).toBe(false);
    expect(env.logged.at(-1)).toMatch("the module name 'NAMES' is busy");
    expect(host.list().map(({ name }) => name)).toEqual(['names']);
    expect(host.unload('NaMeS')).toBe(null);
    expect(env.logged.at(-1)).toBe('notice Module names unloaded');
    expect(host.load(upper)).toBe(true);
    expect(host.unload('names')).toBe(null);
    expect(host.unload('names')).toBe('no such module with that name');
  });

  it('categories of commands, as long as the module is there', () => {
    const path = withOnLoad(
      'categories',
      `errno = 0;
       if (RedisModule_AddACLCategory(ctx, "MyOwn") || RedisModule_AddACLCategory(ctx, "two-2_")) return REDISMODULE_ERR;
       if (RedisModule_AddACLCategory(ctx, "myown") != REDISMODULE_ERR || errno != EBUSY) return REDISMODULE_ERR;
       if (RedisModule_AddACLCategory(ctx, "read") != REDISMODULE_ERR || errno != EBUSY) return REDISMODULE_ERR;
       if (RedisModule_AddACLCategory(ctx, "a b") != REDISMODULE_ERR || errno != EINVAL) return REDISMODULE_ERR;
       if (RedisModule_CreateCommand(ctx, "categories.ok", ok, "", 0, 0, 0)) return REDISMODULE_ERR;
       RedisModuleCommand *command = RedisModule_GetCommand(ctx, "categories.ok");
       if (RedisModule_SetCommandACLCategories(command, "fast myown")) return REDISMODULE_ERR;
       if (RedisModule_SetCommandACLCategories(command, "nobody's") == REDISMODULE_OK) return REDISMODULE_ERR;
       char name[8];
       int added = 0;
       for (int i = 0; i < 100; i++) {
         snprintf(name, sizeof(name), "c%d", i);
         if (RedisModule_AddACLCategory(ctx, name) == REDISMODULE_OK) added++;
         else if (errno != ENOMEM) return REDISMODULE_ERR;
       }
       if (added != 64 - 21 - 2) return REDISMODULE_ERR;`,
      `#include <errno.h>
       #include <stdio.h>
       ${OK_COMMAND}`,
    );
    const { env, host } = start();
    expect(host.load(path), env.logged.join('\n')).toBe(true);
    expect(env.commands.get('categories.ok')!.categories).toEqual(['fast', 'myown']);
    expect(host.aclCategories.has('two-2_')).toBe(true);
    expect(host.unload('categories')).toBe(null);
    expect(host.aclCategories.size).toBe(0);
    expect(host.load(path)).toBe(true);
  });

  it('directives without the prefix of its name', () => {
    const path = withOnLoad(
      'plain',
      `if (RedisModule_RegisterNumericConfig(ctx, "plain-number", 7, 512, 0, 9, get, set, NULL, NULL)) return REDISMODULE_ERR;
       if (RedisModule_RegisterNumericConfig(ctx, "number", 8, 0, 0, 9, get, set, NULL, NULL)) return REDISMODULE_ERR;
       if (!RedisModule_RegisterNumericConfig(ctx, "maxmemory", 8, 512, 0, 9, get, set, NULL, NULL)) return REDISMODULE_ERR;
       if (RedisModule_LoadConfigs(ctx)) return REDISMODULE_ERR;`,
      `static long long value;
       static long long get(const char *n, void *p) { (void)n; (void)p; return value; }
       static int set(const char *n, long long v, void *p, RedisModuleString **e) { (void)n; (void)p; (void)e; value = v; return 0; }`,
    );
    const { env, host } = start();
    expect(host.load(path), env.logged.join('\n')).toBe(true);
    expect(env.directives.find('plain-number')).toBeDefined();
    expect(env.directives.find('plain.number')).toBeDefined();
    expect(env.directives.find('plain.plain-number')).toBe(undefined);
    expect(host.unload('plain')).toBe(null);
    expect(env.directives.find('plain-number')).toBe(undefined);
  });
});

describe('files that are no modules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graftis-loader-'));

  it.each([
    ['a file that does not exist', join(folder, 'none.so'), 'cannot open shared object file'],
    ['a directory', folder, 'cannot read file data'],
    ['a text file', join(folder, 'text.so'), 'file too short'],
  ])('%s', (_what, path, reason) => {
    writeFileSync(join(folder, 'text.so'), 'hello');
    chmodSync(join(folder, 'text.so'), 0o755);
    const { env, host } = start();
    expect(host.load(path)).toBe(false);
    expect(env.logged).toHaveLength(1);
    expect(env.logged[0]).toMatch(`warning Module ${path} failed to load: `);
    expect(env.logged[0]).toMatch(reason);
  });

  it('a file without execute permission', () => {
    const path = join(folder, 'plain.so');
    writeFileSync(path, 'x');
    chmodSync(path, 0o644);
    const { env, host } = start();
    expect(host.load(path)).toBe(false);
    expect(env.logged).toEqual([`warning Module ${path} failed to load: It does not have execute permissions.`]);
  });
});

describe.skipIf(!compilerAvailable())('failing loads say why and leave nothing behind', () => {
  it('a library without OnLoad', () => {
    const path = compileSource('empty', 'int x;');
    const { env, host } = start();
    expect(host.load(path)).toBe(false);
    expect(env.logged).toEqual([
      `warning Module ${path} does not export RedisModule_OnLoad() symbol. Module not loaded.`,
    ]);
  });

  it('a bad flags string: the call, its arguments and the word are told', () => {
    const path = withOnLoad(
      'flags',
      `if (RedisModule_CreateCommand(ctx, "flags.a", ok, "readonly", 0, 0, 0)) return REDISMODULE_ERR;
       if (RedisModule_CreateCommand(ctx, "flags.b", ok, "readonly bogus", 1, 2, 3)) return REDISMODULE_ERR;`,
      OK_COMMAND,
    );
    const { env, host } = start();
    const strings = moduleStrings.size;
    expect(host.load(path, [Buffer.from('an argument')])).toBe(false);
    expect(env.logged[0]).toBe(`warning Module ${path} initialization failed. Module not loaded.`);
    expect(env.logged[1]).toMatch(/^warning Module .*flags\.so: RedisModule_CreateCommand\(ctx, name="flags\.b", /);
    expect(env.logged[1]).toMatch(/strflags="readonly bogus", firstkey=1, lastkey=2, keystep=3\) failed: /);
    expect(env.logged[1]).toMatch(/the flags string has the unknown word "bogus"$/);
    expect(env.commands.size).toBe(0);
    expect(host.list()).toEqual([]);
    expect(moduleStrings.size).toBe(strings);
  });

  it('functions that the server lacks are listed', () => {
    const path = withOnLoad(
      'wants',
      `int (*getApi)(const char *, void *) = *(void **)ctx;
       void *fn = (void *)0x1234;
       if (getApi("RedisModule_CreateContextFromContext", &fn) != 1 || fn != (void *)0x1234) return 0;
       return REDISMODULE_ERR;`,
    );
    const { env, host } = start();
    expect(host.load(path)).toBe(false);
    expect(env.logged[0]).toBe(
      `notice Module ${path}: it asked for a function that is not available: RedisModule_CreateContextFromContext`,
    );
    expect(env.logged[2]).toBe(
      `warning Module ${path}: RedisModule_OnLoad returned an error of its own; it asked for functions that are not ` +
        'available: RedisModule_CreateContextFromContext',
    );
  });

  it('functions asked for in vain are told before OnLoad goes on', () => {
    const path = withOnLoad('suspect', 'RedisModule_Log(ctx, "warning", "the next line could be a crash");');
    const old = compileSource(
      'lacking',
      `#include "redismodule.h"
       int RedisModule_OnLoad(RedisModuleCtx *ctx, RedisModuleString **argv, int argc) {
         (void)argv; (void)argc;
         int (*getApi)(const char *, void *) = *(void **)ctx;
         void (*nothing)(void) = 0;
         getApi("RedisModule_NeverHeardOf", &nothing);
         getApi("RedisModule_NorOfThis", &nothing);
         return RedisModule_Init(ctx, "lacking", 1, 1);
       }`,
    );
    const { env, host } = start();
    expect(host.load(old)).toBe(true);
    expect(env.logged[0]).toBe(
      `notice Module ${old}: it asked for functions that are not available: RedisModule_NeverHeardOf, ` +
        'RedisModule_NorOfThis',
    );
    expect(host.load(path)).toBe(true);
    expect(env.logged.filter((line) => line.includes(path))).toEqual([`notice Module 'suspect' loaded from ${path}`]);
  });

  it('a module with a type and a directive that was not loaded is not kept', () => {
    const path = withOnLoad(
      'half',
      `RedisModuleTypeMethods methods = {.version = REDISMODULE_TYPE_METHOD_VERSION, .free = freeValue};
       if (RedisModule_CreateDataType(ctx, "half-type", 1, &methods) == NULL) return REDISMODULE_ERR;
       if (RedisModule_CreateCommand(ctx, "half.ok", ok, "", 0, 0, 0)) return REDISMODULE_ERR;
       RedisModule_CreateTimer(ctx, 100000, tick, NULL);
       if (RedisModule_RegisterBoolConfig(ctx, "flag", 0, 0, get, set, NULL, NULL)) return REDISMODULE_ERR;`,
      `${OK_COMMAND}
       static void freeValue(void *v) { (void)v; }
       static void tick(RedisModuleCtx *c, void *d) { (void)c; (void)d; }
       static int get(const char *n, void *p) { (void)n; (void)p; return 0; }
       static int set(const char *n, int v, void *p, RedisModuleString **e) { (void)n; (void)v; (void)p; (void)e; return 0; }
       int RedisModule_OnUnload(RedisModuleCtx *c) { RedisModule_Log(c, "notice", "going"); return REDISMODULE_ERR; }`,
    );
    for (let round = 0; round < 3; round++) {
      const { env, host } = start();
      expect(host.load(path)).toBe(false);
      expect(host.list()).toEqual([]);
      expect(env.commands.size).toBe(0);
      expect(env.directives.find('half.flag')).toBe(undefined);
      expect(env.logged.slice(-3)).toEqual([
        'warning Module Configurations were not set, likely a missing LoadConfigs call. Unloading the module.',
        'notice <half> going',
        'notice Module half unloaded',
      ]);
      expect(host.load(path)).toBe(false);
    }
  });

  it('a module that does not introduce itself', () => {
    const path = compileSource(
      'mute',
      'int RedisModule_OnLoad(void *c, void **v, int n) { (void)c; (void)v; (void)n; return 0; }',
    );
    const { env, host } = start();
    expect(host.load(path)).toBe(false);
    expect(env.logged[1]).toMatch('without having called RedisModule_Init');
  });

  it('a command name that is taken', () => {
    const path = withOnLoad('taken', 'return RedisModule_CreateCommand(ctx, "PING", ok, "", 0, 0, 0);', OK_COMMAND);
    const { env, host } = start();
    env.commands.set('ping', { name: 'ping', arity: -1, flags: [] });
    expect(host.load(path)).toBe(false);
    expect(env.logged[1]).toMatch('failed: a command of this name exists');
    expect([...env.commands.keys()]).toEqual(['ping']);
  });

  it('OnUnload may refuse', () => {
    const path = withOnLoad(
      'stays',
      '',
      'int RedisModule_OnUnload(RedisModuleCtx *ctx) { (void)ctx; return REDISMODULE_ERR; }',
    );
    const { env, host } = start();
    host.load(path);
    expect(host.unload('stays')).toBe('operation not possible.');
    expect(env.logged.at(-1)).toBe('warning Module stays OnUnload failed. Unload canceled.');
    expect(host.list()).toHaveLength(1);
  });
});

describe.skipIf(!compilerAvailable())('misuse is told and survived', () => {
  const path = !compilerAvailable()
    ? ''
    : withOnLoad(
        'misuse',
        `RedisModule_CreateCommand(ctx, "m.doublefree", doubleFree, "", 0, 0, 0);
           RedisModule_CreateCommand(ctx, "m.wrongkind", wrongKind, "", 0, 0, 0);
           RedisModule_CreateCommand(ctx, "m.keep", keep, "", 0, 0, 0);
           RedisModule_CreateCommand(ctx, "m.use", use, "", 0, 0, 0);
           RedisModule_CreateCommand(ctx, "m.open", openEnded, "", 0, 0, 0);
           RedisModule_CreateCommand(ctx, "m.close", closeNothing, "", 0, 0, 0);`,
        `static RedisModuleString *kept; static RedisModuleCtx *old;
           static int doubleFree(RedisModuleCtx *c, RedisModuleString **v, int n) {
             (void)v; (void)n;
             RedisModuleString *s = RedisModule_CreateString(c, "abc", 3);
             RedisModule_FreeString(c, s);
             RedisModule_FreeString(c, s);
             return RedisModule_ReplyWithLongLong(c, RedisModule_StringPtrLen(s, NULL) == NULL);
           }
           static int wrongKind(RedisModuleCtx *c, RedisModuleString **v, int n) {
             (void)v; (void)n;
             long long ll;
             return RedisModule_ReplyWithLongLong(c, RedisModule_StringToLongLong((RedisModuleString *)c, &ll));
           }
           static int keep(RedisModuleCtx *c, RedisModuleString **v, int n) {
             (void)n; kept = v[0]; old = c;
             return RedisModule_ReplyWithSimpleString(c, "OK");
           }
           static int use(RedisModuleCtx *c, RedisModuleString **v, int n) {
             (void)v; (void)n;
             return RedisModule_ReplyWithLongLong(c, RedisModule_StringPtrLen(kept, NULL) == NULL);
           }
           static int openEnded(RedisModuleCtx *c, RedisModuleString **v, int n) {
             (void)v; (void)n;
             RedisModule_ReplyWithArray(c, REDISMODULE_POSTPONED_LEN);
             return 0;
           }
           static int closeNothing(RedisModuleCtx *c, RedisModuleString **v, int n) {
             (void)v; (void)n;
             RedisModule_ReplySetArrayLength(c, 1);
             return RedisModule_ReplyWithNull(c);
           }`,
      );

  it('double free, use after free, foreign pointers', () => {
    const { env, host } = start();
    host.load(path);
    env.logged.length = 0;
    expect(env.run(['m.doublefree'])).toBe(':1\r\n');
    expect(env.logged).toHaveLength(2);
    expect(env.logged[0]).toMatch(
      /^warning API misuse detected in module misuse: RedisModule_FreeString was given the RedisModuleString 0x[0-9a-f]+ after it was freed$/,
    );
    expect(env.logged[1]).toMatch('RedisModule_StringPtrLen was given the RedisModuleString');
    env.logged.length = 0;
    expect(env.run(['m.wrongkind'])).toBe(':1\r\n');
    expect(env.logged[0]).toMatch(/RedisModule_StringToLongLong was given 0x[0-9a-f]+, which is no RedisModuleString$/);
    env.run(['m.keep']);
    expect(env.run(['m.use'])).toBe(':1\r\n');
  });

  it('postponed lengths that do not match', () => {
    const { env, host } = start();
    host.load(path);
    env.logged.length = 0;
    env.run(['m.open']);
    env.run(['m.close']);
    expect(env.logged).toEqual([
      'warning API misuse detected in module misuse: RedisModule_ReplyWith*(REDISMODULE_POSTPONED_LEN) not matched by the same number of RedisModule_SetReply*Len() calls.',
      'warning API misuse detected in module misuse: command m.open wrote no reply.',
      'warning API misuse detected in module misuse: RedisModule_ReplySet*Length() called without previous RedisModule_ReplyWith*(ctx,REDISMODULE_POSTPONED_LEN) call.',
    ]);
  });
});

describe.skipIf(!compilerAvailable())('several servers in one process', () => {
  it('have globals of their own', () => {
    const path = withOnLoad(
      'counter',
      'RedisModule_CreateCommand(ctx, "count", count, "", 0, 0, 0);',
      'static long long n; static int count(RedisModuleCtx *c, RedisModuleString **v, int a) { (void)v; (void)a; return RedisModule_ReplyWithLongLong(c, ++n); }',
    );
    const one = start();
    const two = start();
    expect(one.host.load(path)).toBe(true);
    expect(two.host.load(path)).toBe(true);
    expect(one.env.run(['count'])).toBe(':1\r\n');
    expect(one.env.run(['count'])).toBe(':2\r\n');
    expect(two.env.run(['count'])).toBe(':1\r\n');
    expect(one.host.unload('counter')).toBe(null);
    expect(two.env.run(['count'])).toBe(':2\r\n');
    expect(one.host.load(path)).toBe(true);
    expect(one.env.run(['count'])).toBe(':1\r\n');
    // The copy of another module is not taken for the first, whose descriptor it gets again.
    const other = withOnLoad('other', 'argc = 0;', '');
    expect(one.host.load(other)).toBe(true);
    expect(two.host.load(other)).toBe(true);
    expect(two.host.list().map((module) => module.name)).toEqual(['counter', 'other']);
  });
});
