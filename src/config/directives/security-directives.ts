/** Passwords, access lists, and what dangerous commands may do. */
import { choice, DEBUG, type Directive, IMMUTABLE, SENSITIVE, size, string } from '../directive.ts';

/** Values of the `enable-*` directives: who may use the thing. */
const PROTECTED_ACTION = ['no', 'yes', 'local'];

export const securityDirectives: readonly Directive[] = [
  string('requirepass', null, { flags: SENSITIVE }),
  string('aclfile', '', { allowEmpty: true, flags: IMMUTABLE }),
  size('acllog-max-len', 128),
  choice('acl-pubsub-default', ['allchannels', 'resetchannels'], 'resetchannels'),
  choice('enable-protected-configs', PROTECTED_ACTION, 'no', { flags: IMMUTABLE }),
  choice('enable-debug-command', PROTECTED_ACTION, 'no', { flags: IMMUTABLE }),
  choice('enable-module-command', PROTECTED_ACTION, 'no', { flags: IMMUTABLE }),
  choice('sanitize-dump-payload', ['no', 'yes', 'clients'], 'no', { flags: DEBUG }),
];
