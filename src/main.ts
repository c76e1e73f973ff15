#!/usr/bin/env node
/** The `graftis-server` program. */
import { Config } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import { parseCommandLine } from './server/cli.ts';
import { createLogger } from './server/logger.ts';
import { Server } from './server/server.ts';

const line = parseCommandLine(process.argv.slice(2));
if (line.kind === 'run') {
  const config = new Config();
  loadConfig(config, { options: line.options });
  const log = createLogger(config);
  const server = await Server.start(config, log);
  log.notice('Server initialized');
  log.notice('Ready to accept connections');
  process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
}
