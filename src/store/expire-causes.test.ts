import { expect, test } from 'vitest';
import {
  CAUSE_LISTENER,
  CAUSE_OPEN_KEY,
  CAUSE_PAUSE,
  EXPIRE_DELETE,
  EXPIRE_HIDE,
  EXPIRE_IGNORE,
  ExpireCauses,
} from './expire-causes.ts';

test('the strongest cause counts, in whatever order causes end', () => {
  const causes = new ExpireCauses();
  expect(causes.mode).toBe(EXPIRE_DELETE);
  causes.begin(CAUSE_LISTENER);
  expect(causes.mode).toBe(EXPIRE_IGNORE);
  // A listener pauses the clients: when it is done the pause goes on.
  causes.set(CAUSE_PAUSE, true);
  expect(causes.mode).toBe(EXPIRE_IGNORE);
  causes.end(CAUSE_LISTENER);
  expect(causes.mode).toBe(EXPIRE_HIDE);
  // A module's look-up ends the pause by what it sets off: nothing brings it back.
  causes.begin(CAUSE_OPEN_KEY);
  causes.set(CAUSE_PAUSE, false);
  expect(causes.mode).toBe(EXPIRE_HIDE);
  causes.end(CAUSE_OPEN_KEY);
  expect(causes.mode).toBe(EXPIRE_DELETE);
});

test('causes nest, and an end too many is a defect', () => {
  const causes = new ExpireCauses();
  causes.begin(CAUSE_LISTENER);
  causes.begin(CAUSE_LISTENER);
  causes.end(CAUSE_LISTENER);
  expect(causes.mode).toBe(EXPIRE_IGNORE);
  causes.end(CAUSE_LISTENER);
  expect(causes.mode).toBe(EXPIRE_DELETE);
  expect(() => causes.end(CAUSE_LISTENER)).toThrow('without having begun');
});
