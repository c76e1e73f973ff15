#!/usr/bin/env node
/** The `graftis-server` program. Signals are caught before the rest is even read from the disk. */
import { openFilesLimit, tooFewFiles } from './server/process/open-files.ts';
import { catchSignals } from './server/process/signals.ts';

catchSignals();
// Asked now: the answer is a file too.
const limit = openFilesLimit();
const { runProgram } = await import('./server/process/program.ts').catch((error): never => {
  // Node opens many files at once to read a program, and fails in many ways when it cannot.
  const reason = tooFewFiles(limit);
  if (reason === null) throw error;
  process.stderr.write(`${reason}\n`);
  process.exit(1);
});
await runProgram(process.argv.slice(2));
