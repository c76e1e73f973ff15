/** Last words: what the log says when native code ends the process with a signal, and how the process ends. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { compileModule } from '../support/modules.ts';
import { libraryPath, runProgram } from '../support/programs.ts';
import {
  type Directives,
  repositoryRoot,
  startGraftis,
  subjectIsOracle,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

const usable = compilerAvailable() && !subjectIsOracle && process.env['GRAFTIS_NATIVE_SHIM'] !== 'no';
const path = usable ? compileModule(join(repositoryRoot, 'test', 'modules', 'crash.c'), temporaryFolder()) : '';

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** Runs a command that ends the server; returns the server, whose log is complete. */
async function crash(command: string[], directives: Directives = {}): Promise<TestServer> {
  const server = await startGraftis({ loadmodule: path, ...directives });
  servers.push(server);
  const client = await server.connect();
  await expect(client.call(...command)).rejects.toThrow();
  await server.exited;
  client.destroy();
  return server;
}

/** Between the frames of the report. */
function reportOf(log: string): string {
  const [, report = ''] = /=== REDIS BUG REPORT START.*?===([\s\S]*)=== REDIS BUG REPORT END/.exec(log) ?? [];
  return report;
}

describe.skipIf(!usable)('a signal inside of native code', () => {
  test('a call through NULL names the functions that the module asked for in vain', async () => {
    const server = await crash(['crash.null']);
    expect(server.process.signalCode).toBe('SIGSEGV');
    const report = reportOf(server.log);
    const head = String.raw`^${server.pid}:M \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d\.\d{3} # `;
    expect(report).toMatch(new RegExp(`${head}graftis .* crashed by signal: 11, SIGSEGV, si_code: 1$`, 'm'));
    expect(report).toMatch(new RegExp(`${head}Accessing address: 0x0$`, 'm'));
    expect(report).toMatch(new RegExp(`${head}Crashed running the instruction at: 0x0$`, 'm'));
    expect(report).toMatch(new RegExp(`${head}Module: crash, command: crash.null, API function: none$`, 'm'));
    const vain = `# Module ${path} asked for functions that are not available: RedisModule_NeverHeardOf`;
    expect(report).toContain(vain);
    // Who called, though the module has no frame pointers.
    expect(report).toContain(`\n1  ${path}(+0x`);
    expect(report).toMatch(/^(RIP|.*PC):0x0 /m);
    const minutes = Math.abs(Date.now() - Date.parse(/:M (.*?) #/.exec(report)![1]!)) / 60_000;
    expect(minutes).toBeLessThan(10);
  });

  const ENDS: [command: string[], signal: string, shows: RegExp[]][] = [
    [['crash.abort'], 'SIGABRT', [/command: crash\.abort, API function: none/]],
    [['crash.raise', String(constants.signals.SIGFPE)], 'SIGFPE', [/signal: 8, SIGFPE/, /command: crash\.raise/]],
    [['crash.raise', String(constants.signals.SIGILL)], 'SIGILL', [/signal: 4, SIGILL/]],
    [['crash.raise', String(constants.signals.SIGBUS)], 'SIGBUS', [/signal: 7, SIGBUS/]],
    [['crash.raise', String(constants.signals.SIGSEGV)], 'SIGSEGV', [/signal: 11, SIGSEGV, si_code: -6/]],
    [
      ['crash.argument'],
      'SIGSEGV',
      [/API function: RedisModule_ReplyWithStringBuffer$/m, /graftis-shim.* in RedisModule_ReplyWithStringBuffer /],
    ],
    [['crash.text'], 'SIGSEGV', [/API function: RedisModule_GetSharedAPI$/m]],
    [['crash.overflow'], 'SIGSEGV', [/command: crash\.overflow/, /^1 .*crash\.so\(/m]],
    [['crash.thread'], 'SIGSEGV', [/this is another thread than the main one/, /^0 .*crash\.so\(/m]],
  ];

  test.each(ENDS)('%s', async (command, signal, shows) => {
    const server = await crash(command);
    expect(server.process.signalCode).toBe(signal);
    const report = reportOf(server.log);
    for (const text of shows) expect(report).toMatch(text);
    expect(report).toContain('------ REGISTERS ------');
  });

  test('goes to the log file, as JSON where lines are JSON', async () => {
    const folder = temporaryFolder();
    const logfile = join(folder, 'log');
    await crash(['crash.null'], { logfile, 'log-format': 'json' });
    const lines = readFileSync(logfile, 'utf8').trimEnd().split('\n');
    const messages = lines.map((line) => JSON.parse(line) as { level: string; msg: string; time: number });
    const at = messages.findIndex(({ msg }) => msg.includes('crashed by signal: 11'));
    expect(messages[at]).toMatchObject({ level: 'warning' });
    expect(Math.abs(messages[at]!.time - Date.now())).toBeLessThan(600_000);
    expect(messages.slice(at).some(({ msg }) => msg.startsWith('Module: crash, command: crash.null'))).toBe(true);
  });

  test('is not reported with crash-log-enabled no, which can be switched', async () => {
    const server = await startGraftis({ loadmodule: path, 'crash-log-enabled': 'yes' });
    servers.push(server);
    const client = await server.connect();
    expect(await client.call('CONFIG', 'SET', 'crash-log-enabled', 'no')).toBe('OK');
    await expect(client.call('crash.null')).rejects.toThrow();
    await server.exited;
    client.destroy();
    expect(server.process.signalCode).toBe('SIGSEGV');
    expect(server.log).not.toContain('BUG REPORT');
  });

  const GUESTS: [string, object, boolean][] = [
    ['is not reported by a server inside another program', {}, false],
    ['is reported by one that was asked to', { 'crash-log-enabled': 'yes' }, true],
  ];

  test.each(GUESTS)('%s; WebAssembly keeps its handler', async (_, directives, reports) => {
    const folder = temporaryFolder();
    const program = `
      const { GraftisServer } = await import(${JSON.stringify(libraryPath)});
      const server = await GraftisServer.start({
        port: 0, bind: '127.0.0.1', save: '', loglevel: 'notice', loadmodule: ${JSON.stringify(path)},
        ...${JSON.stringify(directives)},
      });
      // (module (memory 1) (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
      const bytes = Buffer.from(
        '0061736d0100000001060160017f017f030201000503010001070801046c6f616400000a0901070020002802000b', 'hex');
      const { instance } = await WebAssembly.instantiate(bytes);
      for (let i = 0; i < 3; i++) {
        try {
          instance.exports.load(0x7ffffff0);
        } catch (error) {
          console.log('trapped: ' + error.message);
        }
      }
      await server.call('crash.null');
    `;
    const ending = await runProgram(folder, program);
    expect(ending.signal).toBe('SIGSEGV');
    expect(ending.output.match(/trapped: memory access out of bounds/g)).toHaveLength(3);
    expect(ending.output.includes('# Module: crash, command: crash.null')).toBe(reports);
    expect(ending.output.match(/BUG REPORT START/g) ?? []).toHaveLength(reports ? 1 : 0);
  });
});
