/** Lines of a configuration as error messages may show them: a password that is wrong may be right but for a letter. */
import type { Config, Origin } from './config.ts';
import { asciiLower } from './text.ts';

const HIDDEN = '(redacted)';

/** The origin with a text that holds no value of a sensitive directive and no password of a user. */
export function withoutSecrets(config: Config, origin: Origin): Origin {
  const directive = /^\S+/.exec(origin.text)?.[0] ?? '';
  if (config.isSensitive(directive)) return { ...origin, text: `${directive} ${HIDDEN}` };
  if (asciiLower(directive) !== 'user') return origin;
  return { ...origin, text: origin.text.replace(/(?<=[\s(])(["']?[><#!])\S*/g, `$1${HIDDEN}`) };
}
