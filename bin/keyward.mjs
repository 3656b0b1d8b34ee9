#!/usr/bin/env node
// The first file of the command is plain JavaScript, so that an older Node prints this message, not a syntax error.
import module from 'node:module'
import { join } from 'node:path'

const nodeMajorMin = 26

if (Number.parseInt(process.versions.node, 10) < nodeMajorMin) {
  console.error(
    `Keyward needs Node ${nodeMajorMin}, but this is Node ${process.versions.node}. Keyward brings the right Node: ` +
      'run it through npm (npm start, npm run -s keyward -- SUBCOMMAND).',
  )
  process.exit(1)
}

// Keep stripped types and compiled code between runs, which halves the time of a start. The cache must not be in the
// machine's temporary directory, because other users could put code there for us to run.
module.enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'keyward'))
await import('./quick-imports.mjs')
const { main } = await import('../src/cli/index.ts')
await main(process.argv.slice(2))
