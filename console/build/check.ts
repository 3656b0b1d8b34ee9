import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { consoleDirectory } from './options.ts'
import { buildConsole, packed, readFolder } from './pack.ts'

// Builds the console again and compares every byte with console/dist.
const dist = join(consoleDirectory, 'dist')
const [expected, found] = [packed(await buildConsole()), existsSync(dist) ? readFolder(dist) : new Map()]
const different = new Set(
  [...expected.keys(), ...found.keys()].filter(
    path => !expected.get(path)?.equals(found.get(path) ?? Buffer.alloc(0)),
  ),
)
if (different.size > 0) {
  process.stderr.write(
    `console/dist is not what console/src builds to: npm run console:build\n${[...different].sort().join('\n')}\n`,
  )
  process.exitCode = 1
}
