import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { isInstalled } from './installed.ts'
import { consoleDirectory } from './options.ts'

// Checks the types of the console, and of the tools and tests beside it. A checkout without the console's packages has nothing to check.
if (!isInstalled) {
  process.stdout.write('The types of the console are not checked: npm ci --prefix console\n')
} else {
  for (const project of ['tsconfig.json', 'tsconfig.tools.json']) {
    const { status } = spawnSync('tsc', ['-p', join(consoleDirectory, project)], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
}
