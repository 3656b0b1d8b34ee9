#!/usr/bin/env node
// The command's first file is plain JavaScript, so that an older Node gets an answer instead of a syntax error.
import module from 'node:module'

const nodeMajorMin = 26

if (Number.parseInt(process.versions.node, 10) < nodeMajorMin) {
  console.error(
    `Keyward needs Node ${nodeMajorMin}, and this is ${process.versions.node}. Its own comes with it: ` +
      'run it through npm (npm start, npm run -s keyward -- SUBCOMMAND).',
  )
  process.exit(1)
}

// Stripped types and compiled code are kept between runs; it halves the time to start.
module.enableCompileCache()
const { main } = await import('../src/cli/index.ts')
await main(process.argv.slice(2))
