// npm test: builds, then runs every test over the epoll transport, and the black-box tests again over node:net: those of
// modules without the native shim, the others in portable mode, which has neither, over TLS.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'graftis-tests-'));
const totals = { passed: 0, failed: 0, skipped: 0 };

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** One run of vitest; adds its counts to `totals`. Tests that could not even be loaded count as one failure a file. */
function run(title, env, args) {
  console.log(`\n== ${title}`);
  const report = join(folder, `${title}.json`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
  const broken = counts?.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  totals.passed += counts?.numPassedTests ?? 0;
  totals.skipped += (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0);
  totals.failed += (counts?.numFailedTests ?? 0) + (broken?.length ?? 1);
  for (const file of counts?.testResults ?? []) {
    for (const { fullName, status: outcome } of file.assertionResults) {
      if (outcome === 'pending' || outcome === 'skipped') console.log(`skipped: ${fullName}`);
    }
  }
  // An error outside of any test fails the run without failing a test.
  return status === 0;
}

for (const [package_, command] of [
  ['redis-server', 'redis-server'],
  ['redis-tools', 'redis-cli'],
  ['a C compiler', 'cc'],
]) {
  if (!has(command)) console.log(`${package_} is not installed: the tests that need it are skipped`);
}
if (!existsSync('/usr/lib/redis/modules/redisearch.so')) {
  console.log('redis-redisearch is not installed: the tests that need it are skipped');
}

/** A build that fails ends the run as one failed test. */
function build(script) {
  if (spawnSync(process.execPath, [join(root, 'scripts', script)], { stdio: 'inherit' }).status === 0) return;
  console.log(`\n${script} failed\n0 passed, 1 failed, 0 skipped`);
  process.exit(1);
}

build('build.mjs');
if (has('cc')) build('build-modules.mjs');

const filters = process.argv.slice(2);
const MODULE_TESTS = ['test/module/**', 'test/differential/module.test.ts'];
const PORTABLE_TLS = { GRAFTIS_TEST_IO: 'auto', GRAFTIS_PORTABLE: '1', GRAFTIS_TEST_TLS: '1' };
const exclude = (...globs) => [...globs.flatMap((glob) => ['--exclude', glob]), '--passWithNoTests'];
let green = run('every test, epoll transport', { GRAFTIS_TEST_IO: 'epoll' }, filters);
green =
  run('black-box tests but those of modules, portable mode, TLS', PORTABLE_TLS, [
    ...filters,
    ...exclude('src/**', 'test/embedding/**', ...MODULE_TESTS),
  ]) && green;
green =
  run('tests of modules, node transport, no native shim', { GRAFTIS_TEST_IO: 'node', GRAFTIS_NATIVE_SHIM: 'no' }, [
    ...(filters.length > 0 ? filters : ['test/module/', 'test/differential/module.test.ts', 'test/library.test.ts']),
    ...exclude('src/**', 'test/embedding/**'),
  ]) && green;
rmSync(folder, { recursive: true, force: true });

if (!green && totals.failed === 0) totals.failed = 1;
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;
