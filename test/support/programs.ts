/** Programs that use the library, run as processes of their own and looked at from outside. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './server.ts';

/** How a process ended and what it wrote (stdout and stderr together). */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** What programs import the library from. */
export const libraryPath: string = join(repositoryRoot, 'dist', 'index.js');

/** Runs a command to its end. Variables of the test runner around us are kept from it. */
export function runCommand(command: string, args: readonly string[], cwd: string, env = {}): Promise<Ending> {
  const outer = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|JEST|NODE_TEST|NODE_OPTIONS|NODE_ENV|FORCE_COLOR)/.test(name),
  );
  const child = spawn(command, args, {
    cwd,
    env: { ...Object.fromEntries(outer), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, output }));
  });
}

/**
 * Runs an ES module in `folder` to its end. `library` stands for the path of the library in the text, `'LIBRARY'` with its
 * quotes.
 */
export function runProgram(folder: string, text: string, args: readonly string[] = [], env = {}): Promise<Ending> {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, text.replaceAll("'LIBRARY'", JSON.stringify(libraryPath)));
  return runCommand(process.execPath, [file, ...args], folder, env);
}
