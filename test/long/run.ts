import { runBackups } from './backup.ts'
import { runCastle } from './castle.ts'
import { runKills } from './kill.ts'
import { runLookups } from './lookup.ts'
import { runRewrap } from './rewrap.ts'
import { runSecretScan } from './secrets.ts'

// Long runs, which prove what a test cannot in its time. Run with `npm run long -- NAME`.

const runs: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  backup: runBackups,
  kill: runKills,
  lookup: runLookups,
  secrets: runSecretScan,
  rewrap: runRewrap,
  castle: runCastle,
}

const [name = '', ...args] = process.argv.slice(2)
const run = Object.hasOwn(runs, name) ? runs[name] : undefined
if (run === undefined) {
  console.error(`Name a long run: ${Object.keys(runs).join(', ')}.`)
  process.exit(2)
}
await run(args)
