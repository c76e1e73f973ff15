#!/usr/bin/env node
/** The `graftis-server` program. */
import { runProgram } from './server/process/program.ts';

await runProgram(process.argv.slice(2));
