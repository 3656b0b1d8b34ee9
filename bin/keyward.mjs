#!/usr/bin/env node
// The command's first file is plain JavaScript, so that an older Node gets an answer instead of a syntax error.
import module from 'node:module'
import { join } from 'node:path'

const nodeMajorMin = 26

if (Number.parseInt(process.versions.node, 10) < nodeMajorMin) {
  console.error(
    `Keyward needs Node ${nodeMajorMin}, and this is ${process.versions.node}. Its own comes with it: ` +
      'run it through npm (npm start, npm run -s keyward -- SUBCOMMAND).',
  )
  process.exit(1)
}

// Stripped types and compiled code are kept between runs; it halves the time to start.
// Not in the machine's temporary directory, where others could leave code for us to run.
module.enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'keyward'))
const { main } = await import('../src/cli/index.ts')
await main(process.argv.slice(2))
