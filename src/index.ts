/** The library: a server inside another Node.js program. */
export { ConfigError, type ConfigRecord, type ConfigValue } from './config/load.ts';
export { ReplyError, type ReplyValue } from './protocol/decode.ts';
export { type CommandArgument, GraftisServer } from './server/embedded.ts';
