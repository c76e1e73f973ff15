// Fork children of modules: what the parent knows of the one child that there may be. native/fork.c makes it.
//
// A child is looked for from time to time: messages that it sent, and whether it has ended.

import type { Shim } from '../memory/shim.ts';
import { bindCallback, type NativeFunction } from './abi/callbacks.ts';
import { ContextKind } from './abi/contexts.ts';
import { addressOf, kill, waitpid } from './abi/native-memory.ts';
import type { LogLevel } from './env.ts';
import type { ModuleHost } from './host.ts';
import type { Module } from './module.ts';

const FORK_DONE = 'void RedisModuleForkDoneHandler(int exitcode, int bysignal, void *user_data)';
const LOOK_EVERY_MS = 20;
const SIGUSR1 = 10;
const WNOHANG = 1;

// struct message of native/fork.c.
const MESSAGE = { log: 1, progress: 2, end: 3, failed: 4 } as const;
const ROW = 1;
const PROGRESS = 1;
const PRIVATE_BYTES = 2;
const LEVEL_AT = 24;
const LEVEL_BYTES = 16;
const TEXT_AT = LEVEL_AT + LEVEL_BYTES;
const MESSAGE_BYTES = TEXT_AT + 1024;

const message = new ArrayBuffer(MESSAGE_BYTES);
const words = new Int32Array(message, 0, 2);
const numbers = new Float64Array(message, 0, 3);
const bytes = Buffer.from(message);

/** Not 0 in a fork child, where nothing of this runs any more: see `endForkChild`. */
export const forkFlag = new Int32Array(1);

interface Child {
  readonly host: ModuleHost;
  readonly module: Module | null;
  readonly pid: number;
  done: NativeFunction | null;
  readonly data: number | bigint;
}

let child: Child | null = null;
let nextMessage: (to: number) => number = () => 0;
let over: () => void = () => {};
let end: () => void = () => {};
let nameOf: (row: number) => string = () => '?';

/** Connects with the shim. `rowName` names an API function by its number there. */
export function shareForks(shim: Shim, rowName: (row: number) => string): void {
  nameOf = rowName;
  nextMessage = shim.func('int graftis_fork_message(uintptr_t message)');
  over = shim.func('void graftis_fork_over(void)');
  end = shim.func('void graftis_end_child(void)');
  const setFlag = shim.func<(word: number) => void>('void graftis_fork_flag(uintptr_t word)');
  setFlag(addressOf(forkFlag.buffer));
}

/** Ends this process, which is a fork child whose module has returned to us. */
export function endForkChild(): void {
  end();
}

/** RM_Fork has made a child; `done` is called when it has ended. */
export function forked(
  host: ModuleHost,
  module: Module | null,
  pid: number,
  done: number,
  data: number | bigint,
  tookUs: number,
): void {
  child = { host, module, pid, done: done === 0 ? null : bindCallback(FORK_DONE, done), data };
  host.env.log('notice', `Module fork started pid: ${pid} `);
  host.env.forks.started(tookUs);
  lookLater(child);
}

/** Whether there is a child. */
export function hasForkChild(): boolean {
  return child !== null;
}

function lookLater(of: Child): void {
  of.host.env.schedule(LOOK_EVERY_MS, () => {
    if (child === of) look(of);
  });
}

function look(of: Child): void {
  readMessages(of);
  const status = waitpid(of.pid, WNOHANG);
  if (status === null) lookLater(of);
  else ended(of, status);
}

/** The child has ended, `status` as wait has it; -1: it is gone, and nobody knows how. */
function ended(of: Child, status: number): void {
  const { host, module, pid, done, data } = of;
  readMessages(of);
  child = null;
  over();
  const signal = status < 0 ? 0 : status & 0x7f;
  const code = status < 0 ? 255 : (status >> 8) & 0xff;
  host.env.log('notice', `Module fork exited pid: ${pid}, retcode: ${code}, bysignal: ${signal}`);
  if (signal !== 0 && signal !== SIGUSR1) {
    host.env.log('warning', `Module ${module?.name ?? '?'}: its fork child ${pid} was ended by signal ${signal}`);
  }
  host.env.forks.ended();
  if (done === null) return;
  host.callModule(module!, ContextKind.Call, null, null, () => done(code, signal, data));
}

function readMessages({ host, module, pid }: Child): void {
  while (nextMessage(addressOf(message)) !== 0) {
    switch (words[0]) {
      case MESSAGE.log:
        host.env.log(levelOf(text(LEVEL_AT, LEVEL_BYTES)), `<${module?.name ?? '?'}> ${text(TEXT_AT, 1024)}`);
        break;
      case MESSAGE.failed: {
        const what = `RedisModule_${nameOf(words[ROW]!)} was called in the fork child ${pid}, where it cannot work`;
        host.env.log('warning', `Module ${module?.name ?? '?'}: ${what}`);
        break;
      }
      case MESSAGE.progress:
        host.env.forks.progress(numbers[PROGRESS]!, numbers[PRIVATE_BYTES]!);
        break;
      default:
        host.env.forks.progress(-1, numbers[PRIVATE_BYTES]!);
    }
  }
}

function text(at: number, room: number): string {
  const stop = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, stop < 0 || stop > at + room ? at + room : stop);
}

function levelOf(name: string): LogLevel {
  const level = name.toLowerCase();
  return level === 'debug' || level === 'notice' || level === 'warning' ? level : 'verbose';
}

/** RM_KillForkChild: ends the child without a call of its function. False when it is not there. */
export function killForkChild(pid: number): boolean {
  if (child === null || child.pid !== pid) return false;
  child.done = null;
  child.host.env.log('notice', `Killing running module fork child: ${pid}`);
  kill(pid, SIGUSR1);
  ended(child, waitpid(pid, 0) ?? -1);
  return true;
}

/** A server ends, and its module's child with it. */
export function endForkChildOf(host: ModuleHost): void {
  if (child?.host !== host) return;
  host.env.log('warning', 'There is a module fork child. Killing it!');
  killForkChild(child.pid);
}
