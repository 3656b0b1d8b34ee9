// Runs after `npm ci`. Each of several optional packages has Node for one platform, all with the command `node`. npm
// 10, which comes with Node 20, removes the command of the right package together with those of the wrong ones. This
// file puts it back on the path of npm scripts.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules')
const link = join(modules, '.bin', 'node')
const platform = `${process.platform}-${process.arch}`
const runtime = [`node-${platform}`, `node-bin-${platform}`].find(name =>
  existsSync(join(modules, name, 'bin', 'node')),
)

if (runtime !== undefined && !existsSync(link)) {
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(join('..', runtime, 'bin', 'node'), link)
}
