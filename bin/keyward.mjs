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

// Keep compiled code and the texts of modules between runs: a start takes half of the CPU time. The cache must not be in the
// machine's temporary directory, because other users could put code there for us to run.
const cache = join(import.meta.dirname, '..', 'node_modules', '.cache', 'keyward')
module.enableCompileCache(cache)
const { importPacked } = await import('./module-pack.mjs')
const command = new URL('../src/cli/index.ts', import.meta.url).href
const { main } = await importPacked(command, join(cache, `modules-${process.version}`))
await main(process.argv.slice(2))
