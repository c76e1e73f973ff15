import { describe, expect, test } from 'vitest';
import { LUA_GLOBALSINDEX } from './lua-api.ts';
import { type LuaNative, LuaVm } from './lua-vm.ts';

function run(vm: LuaVm, code: string): { status: number; value: string | null } {
  const at = vm.room(vm.L, code.length);
  for (let i = 0; i < code.length; i++) vm.bytes[at + i] = code.charCodeAt(i);
  const { api, L } = vm;
  let status = api.luaL_loadbuffer(L, at, code.length, vm.name('@t'));
  if (status === 0) status = api.lua_pcall(L, 0, 1, 0);
  const value = vm.stringOf(L, -1);
  api.lua_settop(L, 0);
  return { status, value };
}

function fresh(functions: (vm: LuaVm) => Record<string, LuaNative> = () => ({}), limit = 64 << 20): LuaVm {
  const vm = new LuaVm(limit);
  vm.api.luaopen_base(vm.L);
  vm.api.luaopen_string(vm.L);
  vm.api.luaopen_table(vm.L);
  vm.api.lua_settop(vm.L, 0);
  vm.api.lua_pushvalue(vm.L, LUA_GLOBALSINDEX);
  vm.setNatives(vm.L, functions(vm));
  vm.api.lua_settop(vm.L, 0);
  return vm;
}

describe('the interpreter', () => {
  test('runs code; numbers print as %.14g', () => {
    expect(run(fresh(), 'return 1/3')).toEqual({ status: 0, value: '0.33333333333333' });
  });

  test('bytes pass unchanged', () => {
    const vm = fresh((vm) => ({
      echo: (L) => {
        const at = vm.checkString(L, 1);
        vm.pushString(L, vm.stringAt(at, vm.length));
        return 1;
      },
    }));
    expect(run(vm, 'return echo("a\\000\\255z")').value).toBe('a\0\xffz');
    expect(run(vm, 'return #echo(string.rep("\\200", 100000))').value).toBe('100000');
  });

  test('errors of native functions are Lua errors, in coroutines too', () => {
    const vm = fresh((vm) => ({ fail: (L) => vm.raise(L, 'no') }));
    expect(run(vm, 'return fail()')).toEqual({ status: 2, value: 't:1: no' });
    expect(run(vm, 'local ok, e = pcall(fail) return tostring(ok) .. e').value).toBe('falseno');
    const co = 'local c = coroutine.create(function() fail() end) local ok, e = coroutine.resume(c) return e';
    expect(run(vm, co).value).toBe('t:1: no');
  });

  test('errors that functions of the API raise pass through native functions', () => {
    const vm = fresh((vm) => ({
      strict: (L) => {
        vm.checkString(L, 1);
        return 0;
      },
    }));
    const bad = "t:1: bad argument #1 to 'strict' (string expected, got table)";
    for (let i = 0; i < 1000; i++) expect(run(vm, 'strict({})')).toEqual({ status: 2, value: bad });
    expect(run(vm, 'return "still here"').value).toBe('still here');
  });

  test('memory grows up to the limit, and a want of it is a Lua error', () => {
    const vm = fresh();
    const before = vm.bytes.length;
    expect(run(vm, 'return #string.rep("x", 9000000)').value).toBe('9000000');
    expect(vm.bytes.length).toBeGreaterThan(before);
    expect(run(vm, 'return #string.rep("x", 100000000)')).toEqual({ status: 4, value: 'not enough memory' });
    expect(run(vm, 'return 7').value).toBe('7');
  });

  test('a hook interrupts an endless loop', () => {
    const vm = fresh();
    let calls = 0;
    const hook = vm.hook((L) => (++calls < 3 ? 0 : vm.raise(L, 'enough')));
    vm.api.lua_sethook(vm.L, hook, 8, 1000);
    expect(run(vm, 'while true do end')).toEqual({ status: 2, value: 'enough' });
  });
});
