#!/usr/bin/env node
/** The `graftis-server` program. */
import { runProgram } from './server/program.ts';

await runProgram(process.argv.slice(2));
