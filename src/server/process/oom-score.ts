/** `oom-score-adj`: how readily the kernel kills this process when memory runs out (proc(5), oom_score_adj). */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { errnoText } from '../../config/errno.ts';
import { oomScoreAdjValues } from '../../config/special.ts';
import type { Logger } from './logger.ts';

const OOM_SCORE_FILE = '/proc/self/oom_score_adj';
const SCORE_MAX = 1000;

/** Follow the directives; the values of a replica and of child processes are for when there are such. */
export function followOomScore(config: Config, log: Logger, path: string = OOM_SCORE_FILE): void {
  /** What the process was started with; null until it is changed, so that `no` never touches it. */
  let original: number | null = null;

  const apply = (): string | null => {
    const mode = config.enumNumber('oom-score-adj');
    const relative = mode === 1;
    if (mode === 0 && original === null) return null;
    try {
      original ??= Number(readFileSync(path, 'latin1'));
      const value = config.valueOf(oomScoreAdjValues)[0]! + (relative ? original : 0);
      const score = mode === 0 ? original : Math.max(-SCORE_MAX, Math.min(SCORE_MAX, value));
      writeFileSync(path, `${score}\n`);
      return null;
    } catch (error) {
      log.warning(`Unable to write oom_score_adj: ${errnoText(error)}`);
      return 'Failed to set current oom_score_adj. Check server logs.';
    }
  };
  apply();
  config.onApply(['oom-score-adj', 'oom-score-adj-values'], apply);
}
