import { join } from 'node:path'
import { requireInstalled } from './installed.ts'
import { consoleDirectory } from './options.ts'
import { buildConsole, differencesOf, packed, readFolder } from './pack.ts'

// Builds the console again and compares every byte with console/dist.
requireInstalled()
const differences = differencesOf(packed(await buildConsole()), readFolder(join(consoleDirectory, 'dist')))
if (differences.length > 0) {
  process.stderr.write(
    `console/dist is not the build of console/src: npm run console:build\n${differences.join('\n')}\n`,
  )
  process.exitCode = 1
}
